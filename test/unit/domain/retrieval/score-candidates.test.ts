import { describe, expect, it } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import {
  quantizeVector,
  type QuantizedVector,
  type SpaceId,
} from '../../../../src/domain/retrieval/embedding.ts'
import { scoreCandidates } from '../../../../src/domain/retrieval/score-candidates.ts'

const space = 'test' as SpaceId
const vector = (...values: number[]): QuantizedVector => quantizeVector(space, Float32Array.from(values))

describe('scoreCandidates', () => {
  const candidate = (text: string, announced: QuantizedVector | null) => ({
    contextHash: hashText(text),
    title: 'Notes',
    headingPath: [],
    snippet: text,
    tags: [],
    vector: announced,
  })

  it('ranks by title, headings, snippet and vector', () => {
    const hits = scoreCandidates('relay', Float32Array.of(1, 0), [
      candidate('Flour and water', vector(0, 1)),
      candidate('Passing on messages', vector(1, 0)),
      candidate('A relay for peers', vector(0.6, 0.8)),
    ])
    expect(hits.map((hit) => hit.contextHash)).toEqual(
      ['A relay for peers', 'Passing on messages'].map(hashText),
    )
  })

  it('gives a peer nothing for a vector with an exaggerated scale', () => {
    const honest = candidate('one', vector(1, 0))
    const greedy = candidate('two', { ...vector(0.8, 0.6), scale: 1e9 })
    const [best] = scoreCandidates('question', Float32Array.of(1, 0), [greedy, honest])
    expect(best?.contextHash).toBe(honest.contextHash)
  })

  it('takes two candidates with one hash as one', () => {
    expect(scoreCandidates('one', null, [candidate('one', null), candidate('one', null)])).toHaveLength(1)
  })
})
