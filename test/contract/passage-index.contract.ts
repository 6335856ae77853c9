import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashText, type ContextHash } from '../../src/domain/content/context-hash.ts'
import { quantizeVector, type QuantizedVector, type SpaceId } from '../../src/domain/retrieval/embedding.ts'
import type { IndexedText } from '../../src/domain/retrieval/word-index.ts'
import type { PassageIndex } from '../../src/ports/passage-index.ts'

const space = 'test' as SpaceId
const other = 'other' as SpaceId
const MANY = 2_000

function passage(text: string, tags: readonly string[] = []): IndexedText {
  return { contextHash: hashText(text), title: 'Notes', headingPath: [], text, tags }
}

const vector = (...values: number[]): QuantizedVector => quantizeVector(space, Float32Array.from(values))
const query = (...values: number[]) => ({ space, values: Float32Array.from(values) })
const byWords = { queryVectors: [], tags: [], limit: 10 }

const relay = passage('A relay passes messages between peers', ['network', 'Server'])
const tracker = passage('A tracker lists peers', ['network'])
const bread = passage('Bread needs flour and water', ['food'])
const hashes = [relay, tracker, bread].map(({ contextHash }) => contextHash)
const vectors = new Map<ContextHash, QuantizedVector>([
  [relay.contextHash, vector(1, 0, 0)],
  [tracker.contextHash, vector(0.8, 0.6, 0)],
  [bread.contextHash, vector(0, 0, 1)],
])

/** What every index of passages does, in every environment. */
export function describePassageIndex(name: string, open: () => PassageIndex): void {
  describe(name, () => {
    let index: PassageIndex
    beforeEach(async () => {
      index = open()
      await index.add([relay, tracker, bread])
      await index.setVectors(space, vectors)
    })
    afterEach(() => index.close())

    async function find(part: Partial<Parameters<PassageIndex['search']>[0]>): Promise<ContextHash[]> {
      const hits = await index.search({ ...byWords, question: 'peers', ...part })
      return hits.map(({ contextHash }) => contextHash)
    }

    it('finds by words, and by meaning what shares no word with the question', async () => {
      expect(await find({ question: 'relays for peers' })).toEqual([relay.contextHash, tracker.contextHash])
      expect(await find({ question: 'loaf', queryVectors: [query(0, 0, 1)] })).toEqual([bread.contextHash])
    })

    it('compares a question with vectors of its own space only', async () => {
      const inOther = { ...vector(0, 0, 1), space: other }
      await index.setVectors(other, new Map([[relay.contextHash, inOther]]))
      const asked = { question: 'loaf', queryVectors: [{ ...query(0, 0, 1), space: other }] }
      expect(await find(asked)).toEqual([relay.contextHash])
      await index.forgetSpace(other)
      expect(await find(asked)).toEqual([])
    })

    it('compares in several spaces at once, each with its own vectors', async () => {
      const inOther = { ...vector(0, 1, 0), space: other }
      await index.setVectors(other, new Map([[tracker.contextHash, inOther]]))
      const both = [query(0, 0, 1), { ...query(0, 1, 0), space: other }]
      expect(await find({ question: 'loaf', queryVectors: both })).toEqual(
        [bread.contextHash, tracker.contextHash].sort(),
      )
      expect(await find({ question: 'loaf', queryVectors: both, limit: 1 })).toHaveLength(1)
    })

    it('gives vectors back as they were set', async () => {
      const unknown = hashText('unknown')
      expect(await index.vectorsOf(space, [...hashes, unknown])).toEqual(vectors)
      expect(await index.vectorsOf(other, hashes)).toEqual(new Map())
    })

    it('refuses a vector of another space than is named', async () => {
      await expect(index.setVectors(other, vectors)).rejects.toMatchObject({ code: 'bad-input' })
      expect(await find({ question: 'loaf', queryVectors: [query(0, 0, 1)] })).toEqual([bread.contextHash])
    })

    it('searches among tags, among some, and among what is shared', async () => {
      expect(await find({ tags: ['NETWORK', 'server'] })).toEqual([relay.contextHash])
      expect(await find({ only: [tracker.contextHash, bread.contextHash] })).toEqual([tracker.contextHash])
      expect(await find({ sharedOnly: true })).toEqual([])
      await index.markShared([tracker.contextHash, bread.contextHash], true)
      expect(await find({ sharedOnly: true })).toEqual([tracker.contextHash])
      await index.markShared([tracker.contextHash], false)
      expect(await find({ sharedOnly: true })).toEqual([])
    })

    it('forgets what was removed, also when it is removed while it is being added', async () => {
      const many = Array.from({ length: 300 }, (_, at) => passage(`Ephemeral ${at}`))
      const adding = index.add(many)
      const removing = index.remove([relay.contextHash, ...many.map(({ contextHash }) => contextHash)])
      await Promise.all([adding, removing])
      expect(await find({ question: 'ephemeral relay' })).toEqual([])
    })

    it('answers while a long batch is being added, and finds all of it afterwards', async () => {
      const many = Array.from({ length: MANY }, (_, at) => passage(`Gate number${at} opens`))
      let isAdded = false
      const adding = index.add(many).then(() => {
        isAdded = true
      })
      expect(await find({})).toContain(tracker.contextHash)
      expect(isAdded).toBe(false)
      await adding
      expect(await find({ question: `number${MANY - 1}` })).toEqual([many.at(-1)?.contextHash])
    })

    it('refuses calls after it was closed', async () => {
      index.close()
      await expect(find({})).rejects.toMatchObject({ code: 'aborted' })
      await expect(index.add([relay])).rejects.toMatchObject({ code: 'aborted' })
    })
  })
}
