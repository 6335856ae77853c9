import { describe, expect, it } from 'vitest'
import { hashText, type ContextHash } from '../../../../src/domain/content/context-hash.ts'
import type { Context } from '../../../../src/domain/content/context.ts'
import type { PeerId } from '../../../../src/domain/identity/account.ts'
import {
  quantizeVector,
  type QuantizedVector,
  type SpaceId,
} from '../../../../src/domain/retrieval/embedding.ts'
import { createLocalIndex, scoreCandidates } from '../../../../src/domain/retrieval/local-index.ts'

const space = 'test' as SpaceId
const vector = (...values: number[]): QuantizedVector => quantizeVector(space, Float32Array.from(values))

function context(text: string, tags: readonly string[] = []): Context {
  return {
    contextHash: hashText(text),
    text,
    sizeBytes: text.length,
    title: 'Notes',
    headingPath: [],
    tags,
    documentHash: hashText('document'),
    documentTitle: 'Notes',
    documentBytes: 1000,
    startByte: 0,
    endByte: text.length,
    author: '' as PeerId,
    origin: 'own',
    addedAtMs: 0,
  }
}

const relay = context('A relay passes messages between peers', ['network', 'Server'])
const tracker = context('A tracker lists peers', ['network'])
const bread = context('Bread needs flour and water', ['food'])
const all = [relay, tracker, bread]
const vectors = new Map<ContextHash, QuantizedVector>([
  [relay.contextHash, vector(1, 0, 0)],
  [tracker.contextHash, vector(0.8, 0.6, 0)],
  [bread.contextHash, vector(0, 0, 1)],
])

function indexOfAll() {
  const index = createLocalIndex()
  index.add(all, vectors)
  return index
}

const byWords = { queryVector: null, tags: [], limit: 10 }

describe('createLocalIndex', () => {
  it('finds by words alone when there is no vector', () => {
    const hits = indexOfAll().search({ ...byWords, question: 'relays for peers' })
    expect(hits.map((hit) => hit.contextHash)).toEqual([relay.contextHash, tracker.contextHash])
    expect(hits.every((hit) => hit.vectorScore === 0)).toBe(true)
  })

  it('finds by meaning what shares no word with the question', () => {
    const hits = indexOfAll().search({ ...byWords, question: 'loaf', queryVector: Float32Array.of(0, 0, 1) })
    expect(hits.map((hit) => hit.contextHash)).toEqual([bread.contextHash])
    expect(hits[0]?.wordScore).toBe(0)
    expect(hits[0]?.vectorScore).toBeCloseTo(1)
  })

  it('gives contexts that carry all tags only, in upper or lower case', () => {
    const index = indexOfAll()
    const hits = index.search({ ...byWords, question: 'peers', tags: ['NETWORK', 'server'] })
    expect(hits.map((hit) => hit.contextHash)).toEqual([relay.contextHash])
    expect(index.search({ ...byWords, question: 'peers', tags: ['network', 'food'] })).toEqual([])
  })

  it('asks the filter, and compares with the best of what it lets through', () => {
    const [hit] = indexOfAll().search({
      ...byWords,
      question: 'relay for peers',
      filter: (contextHash) => contextHash !== relay.contextHash,
    })
    expect(hit?.contextHash).toBe(tracker.contextHash)
    expect(hit?.score).toBeCloseTo(0.7)
  })

  it('gives at most as many as asked for', () => {
    expect(indexOfAll().search({ ...byWords, question: 'peers', limit: 1 })).toHaveLength(1)
  })

  it('forgets a removed context in words and meaning, and ignores vectors that come for it later', () => {
    const index = indexOfAll()
    index.remove(bread.contextHash)
    index.setVector(bread.contextHash, vector(0, 0, 1))
    const query = { ...byWords, question: 'flour', queryVector: Float32Array.of(0, 0, 1) }
    expect(index.search(query)).toEqual([])
    index.add([bread], vectors)
    expect(index.search(query)).toHaveLength(1)
  })

  it('refuses vectors of two spaces', () => {
    const other = { ...vector(1, 0, 0), space: 'other' as SpaceId }
    expect(() => indexOfAll().setVector(relay.contextHash, other)).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    )
  })
})

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
