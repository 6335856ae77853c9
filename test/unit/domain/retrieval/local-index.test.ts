import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashText, type ContextHash } from '../../../../src/domain/content/context-hash.ts'
import type { Context } from '../../../../src/domain/content/context.ts'
import type { PeerId } from '../../../../src/domain/identity/account.ts'
import {
  quantizeVector,
  type QuantizedVector,
  type QueryVector,
  type SpaceId,
} from '../../../../src/domain/retrieval/embedding.ts'
import { createLocalIndex } from '../../../../src/domain/retrieval/local-index.ts'

const space = 'test' as SpaceId
const other = 'other' as SpaceId
const hashOf = ({ contextHash }: Context): ContextHash => contextHash
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
  index.add(all)
  index.setVectors(space, vectors)
  return index
}

const query = (...values: number[]): QueryVector => ({ space, values: Float32Array.from(values) })
const byWords = { queryVectors: [], tags: [], limit: 10 }

describe('createLocalIndex', () => {
  it('finds by words alone when there is no vector', () => {
    const hits = indexOfAll().search({ ...byWords, question: 'relays for peers' })
    expect(hits.map((hit) => hit.contextHash)).toEqual([relay.contextHash, tracker.contextHash])
    expect(hits.every((hit) => hit.vectorScore === 0)).toBe(true)
  })

  it('finds by meaning what shares no word with the question', () => {
    const hits = indexOfAll().search({ ...byWords, question: 'loaf', queryVectors: [query(0, 0, 1)] })
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

  it('looks among some passages only when told, and compares with the best of these', () => {
    const [hit] = indexOfAll().search({
      ...byWords,
      question: 'relay for peers',
      only: [tracker.contextHash, bread.contextHash],
    })
    expect(hit?.contextHash).toBe(tracker.contextHash)
    expect(hit?.score).toBe(1)
  })

  it('gives at most as many as asked for', () => {
    expect(indexOfAll().search({ ...byWords, question: 'peers', limit: 1 })).toHaveLength(1)
  })

  it('forgets a removed context in words and meaning, and ignores vectors that come for it later', () => {
    const index = indexOfAll()
    index.remove([bread.contextHash])
    index.setVectors(space, new Map([[bread.contextHash, vector(0, 0, 1)]]))
    const loaf = { ...byWords, question: 'flour', queryVectors: [query(0, 0, 1)] }
    expect(index.search(loaf)).toEqual([])
    index.add([bread])
    expect(index.search(loaf)).toMatchObject([{ vectorScore: 0 }])
    index.setVectors(space, vectors)
    expect(index.search(loaf)).toMatchObject([{ vectorScore: 1 }])
  })

  it('refuses a vector of another space than is named, and one of another length', () => {
    const index = indexOfAll()
    const refused = (made: QuantizedVector) => () =>
      index.setVectors(space, new Map([[relay.contextHash, made]]))
    const badInput = expect.objectContaining({ code: 'bad-input' }) as Error
    expect(refused({ ...vector(1, 0, 0), space: other })).toThrow(badInput)
    expect(refused(vector(1, 0))).toThrow(badInput)
  })

  it('compares a question with vectors of its own space only', () => {
    const index = indexOfAll()
    const inOther = { ...vector(0, 0, 1), space: other }
    index.setVectors(other, new Map([[relay.contextHash, inOther]]))
    const values = Float32Array.of(0, 0, 1)
    const found = (asked: SpaceId) =>
      index
        .search({ ...byWords, question: 'loaf', queryVectors: [{ space: asked, values }] })
        .map(({ contextHash }) => contextHash)
    expect(found(space)).toEqual([bread.contextHash])
    expect(found(other)).toEqual([relay.contextHash])
    expect(index.vectorsOf(other, [relay.contextHash, bread.contextHash])).toEqual(
      new Map([[relay.contextHash, inOther]]),
    )
    index.forgetSpace(other)
    expect(found(other)).toEqual([])
    expect(found(space)).toEqual([bread.contextHash])
  })

  it('finds for others what is shared, until it is not any more', () => {
    const index = indexOfAll()
    const shared = () =>
      index
        .search({ ...byWords, question: 'peers', sharedOnly: true, queryVectors: [query(1, 0, 0)] })
        .map(({ contextHash }) => contextHash)
    expect(shared()).toEqual([])
    index.markShared([tracker.contextHash], true)
    expect(shared()).toEqual([tracker.contextHash])
    index.add([tracker])
    expect(shared()).toEqual([tracker.contextHash])
    index.markShared([tracker.contextHash], false)
    expect(shared()).toEqual([])
  })

  describe('among many passages', () => {
    const topics = ['relay', 'tracker', 'peer', 'bread', 'flour', 'water']
    const numbers = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 })
    const passages = fc.array(
      fc.record({
        words: fc.array(fc.constantFrom(...topics), { minLength: 1, maxLength: 4 }),
        near: fc.option(numbers),
        far: fc.option(numbers),
        tag: fc.constantFrom('red', 'blue'),
      }),
      { maxLength: 40 },
    )
    const asked = fc.record({
      words: fc.array(fc.constantFrom(...topics), { minLength: 1, maxLength: 3 }),
      near: numbers,
      far: numbers,
      limit: fc.integer({ min: 1, max: 8 }),
      tags: fc.subarray(['red']),
    })

    function indexOf(drawn: typeof passages extends fc.Arbitrary<infer Drawn> ? Drawn : never) {
      const index = createLocalIndex()
      const made = drawn.map(({ words, tag }, at) => context(`${words.join(' ')} ${at}`, [tag]))
      index.add(made)
      drawn.forEach(({ near, far }, at) => {
        const contextHash = made[at]?.contextHash
        if (contextHash === undefined) return
        if (near !== null) index.setVectors(space, new Map([[contextHash, vector(...near)]]))
        if (far !== null) {
          index.setVectors(other, new Map([[contextHash, { ...vector(...far), space: other }]]))
        }
      })
      return { index, made }
    }

    it('ranks the best as if everything had been scored', () => {
      fc.assert(
        fc.property(passages, asked, (drawn, { words, near, limit, tags }) => {
          const { index, made } = indexOf(drawn)
          const question = { question: words.join(' '), queryVectors: [query(...near)], tags, limit }
          const everything = index.search({ ...question, limit: made.length, only: made.map(hashOf) })
          expect(index.search(question)).toEqual(everything.slice(0, limit))
        }),
      )
    })

    it('scores the best of several spaces as if everything had been scored, and leaves none out that has a word', () => {
      fc.assert(
        fc.property(passages, asked, (drawn, { words, near, far, limit, tags }) => {
          const { index, made } = indexOf(drawn)
          const queryVectors = [query(...near), { ...query(...far), space: other }]
          const question = { question: words.join(' '), queryVectors, tags, limit }
          const everything = index.search({ ...question, limit: made.length, only: made.map(hashOf) })
          const found = index.search(question)
          const hashes = new Set(found.map(({ contextHash }) => contextHash))
          expect(found).toEqual(everything.filter(({ contextHash }) => hashes.has(contextHash)))
          const better = everything.slice(0, limit).filter(({ contextHash }) => !hashes.has(contextHash))
          expect(better.filter(({ wordScore }) => wordScore > 0)).toEqual([])
          expect(found).toHaveLength(Math.min(limit, everything.length))
        }),
      )
    })
  })
})
