import { describe, expect, it } from 'vitest'
import {
  areSameCounts,
  countTerms,
  MAX_QUESTION_TERMS,
  questionTerms,
} from '../../../../src/domain/retrieval/term-counts.ts'

describe('the terms of a question', () => {
  it('are stems of its words, each once and without stop words, in order', () => {
    expect(questionTerms('How are relays relayed by a peer?')).toEqual(['relai', 'peer'])
  })

  it('are no more than are counted', () => {
    const long = Array.from({ length: 500 }, (_, n) => `word${n}x`).join(' ')
    expect(questionTerms(long)).toHaveLength(MAX_QUESTION_TERMS)
  })

  it('are counted in a text in any inflection, as parts of words too', () => {
    const terms = questionTerms('relay peers missing')
    expect(countTerms(terms, 'Relays relay for relayPeer; peers relay.')).toEqual([4, 2, 0])
  })
})

describe('two counts of the same terms', () => {
  it('are equal when each is', () => {
    expect(areSameCounts([1, 0], [1, 0])).toBe(true)
    expect(areSameCounts([1, 0], [1, 1])).toBe(false)
    expect(areSameCounts([1], [1, 0])).toBe(false)
  })
})
