import { describe, expect, it } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import {
  quantizeVector,
  type QuantizedVector,
  type SpaceId,
} from '../../../../src/domain/retrieval/embedding.ts'
import { scoreCandidates, type ScoredCandidate } from '../../../../src/domain/retrieval/score-candidates.ts'
import { countTerms, questionTerms } from '../../../../src/domain/retrieval/term-counts.ts'

const space = 'test' as SpaceId
const vector = (...values: number[]): QuantizedVector => quantizeVector(space, Float32Array.from(values))

describe('scoreCandidates', () => {
  const question = 'relay peers'
  const terms = questionTerms(question)

  function candidate(text: string, announced: QuantizedVector | null): ScoredCandidate {
    return {
      contextHash: hashText(text),
      title: 'Notes',
      headingPath: [],
      sizeBytes: text.length,
      tags: [],
      termCounts: countTerms(terms, text),
      vector: announced,
    }
  }

  const ranked = (...candidates: readonly ScoredCandidate[]) =>
    scoreCandidates(question, null, candidates).map(({ contextHash }) => contextHash)

  it('ranks by title, headings, terms and vector', () => {
    const hits = scoreCandidates(question, Float32Array.of(1, 0), [
      candidate('Flour and water', vector(0, 1)),
      candidate('Passing on messages', vector(1, 0)),
      candidate('A relay for browsers', vector(0.6, 0.8)),
      { ...candidate('In the heading', null), headingPath: ['Relay of peers'] },
    ])
    expect(hits.map((hit) => hit.contextHash)).toEqual(
      ['A relay for browsers', 'In the heading', 'Passing on messages'].map(hashText),
    )
  })

  it('gives a peer nothing for a vector with an exaggerated scale', () => {
    const honest = candidate('one', vector(1, 0))
    const greedy = candidate('two', { ...vector(0.8, 0.6), scale: 1e9 })
    const [best] = scoreCandidates('question', Float32Array.of(1, 0), [greedy, honest])
    expect(best?.contextHash).toBe(honest.contextHash)
  })

  it('takes two candidates with one hash as one', () => {
    const twice = candidate('a relay', null)
    expect(scoreCandidates(question, null, [twice, twice])).toHaveLength(1)
  })

  it('weighs a term that few have higher than one that most have', () => {
    const common = Array.from({ length: 8 }, (_, n) => candidate(`Peers of kind ${n}`, null))
    const rare = candidate('A relay of its own', null)
    expect(ranked(...common, rare)[0]).toBe(rare.contextHash)
  })

  it('takes a term for rare that every candidate has, since candidates are the best of many', () => {
    const once = candidate('A relay, explained at length for everybody', null)
    const both = candidate('A relay for peers, explained at length for all', null)
    expect(ranked(once, both)).toEqual([both.contextHash, once.contextHash])
    expect(scoreCandidates(question, null, [once])[0]?.wordScore).toBeGreaterThan(1)
  })

  it('counts a term less in a longer text', () => {
    const short = candidate('A relay', null)
    const long = candidate(`A relay ${'and other things '.repeat(20)}`, null)
    expect(ranked(long, short)).toEqual([short.contextHash, long.contextHash])
  })

  it('lets one exaggerated count outweigh no text that has every term', () => {
    const honest = candidate('A relay for peers', null)
    const liar = { ...candidate('A relay for nobody', null), termCounts: [65_536, 0] }
    expect(ranked(liar, honest)).toEqual([honest.contextHash, liar.contextHash])
  })
})
