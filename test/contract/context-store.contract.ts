import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashText } from '../../src/domain/content/context-hash.ts'
import type { Edge } from '../../src/domain/graph/edge.ts'
import type { SpaceId } from '../../src/domain/retrieval/embedding.ts'
import type { ContextStore } from '../../src/ports/context-store.ts'
import { describeCacheEntries } from './cache-entries.contract.ts'
import { describeDescriptors } from './descriptors.contract.ts'
import type { OpenStore } from './open-store.ts'
import {
  ann,
  me,
  sampleCacheEntry,
  sampleContext,
  sampleDescriptor,
  sampleDocument,
  sampleEdges,
  sampleVector,
} from './sample-records.ts'

const space = 'static-384' as SpaceId

/** What every context store does. */
export function describeContextStore(name: string, openStore: () => Promise<OpenStore<ContextStore>>): void {
  describe(`context store ${name}`, () => {
    let opened: OpenStore<ContextStore>
    let store: ContextStore
    beforeEach(async () => {
      opened = await openStore()
      store = opened.store
    })
    afterEach(() => opened.close())

    const [one, two, three] = [sampleContext('one'), sampleContext('two'), sampleContext('three')]

    describe('documents', () => {
      it('are stored with their contexts and edges', async () => {
        const document = sampleDocument('a', [two, one])
        const edges = sampleEdges(document, [two, one])
        await store.putDocument(document, [two, one], edges)
        expect(await store.getDocument(document.documentHash)).toEqual(document)
        expect(await store.getContexts(document.contexts)).toEqual([two, one])
        expect(new Set(await store.edgesTo(document.documentHash))).toEqual(
          new Set(edges.filter((edge) => edge.kind === 'PART_OF')),
        )
        expect(await store.edgesFrom(one.contextHash)).toHaveLength(2)
      })

      it('are listed newest first', async () => {
        const times = [20, 40, 10, 30]
        for (const addedAtMs of times) {
          await store.putDocument(sampleDocument(`at ${addedAtMs}`, [], { addedAtMs }), [], [])
        }
        expect((await store.listDocuments()).map((document) => document.addedAtMs)).toEqual([40, 30, 20, 10])
      })

      it('are unknown before they are added', async () => {
        expect(await store.getDocument(hashText('nothing'))).toBeUndefined()
        expect(await store.listDocuments()).toEqual([])
      })

      it('replace the record of the same text, and keep the vectors of contexts that stay', async () => {
        const before = sampleDocument('a', [one, two])
        await store.putDocument(before, [one, two], sampleEdges(before, [one, two]))
        await store.putVectors(
          new Map([
            [one.contextHash, sampleVector(space, 1)],
            [two.contextHash, sampleVector(space, 2)],
          ]),
        )
        const after = sampleDocument('a', [two, three], { chunkerVersion: 2 })
        await store.putDocument(after, [two, three], sampleEdges(after, [two, three]))
        expect(await store.listDocuments()).toEqual([after])
        expect(await store.getContext(one.contextHash)).toBeUndefined()
        expect(await store.edgesFrom(one.contextHash)).toEqual([])
        expect(await store.edgesTo(after.documentHash)).toHaveLength(2)
        expect([...(await store.listVectors(space)).keys()]).toEqual([two.contextHash])
      })

      it('change their visibility', async () => {
        const document = sampleDocument('a', [one])
        await store.putDocument(document, [one], [])
        await store.setVisibility(document.documentHash, 'shared')
        expect(await store.getDocument(document.documentHash)).toEqual({ ...document, visibility: 'shared' })
        await store.setVisibility(document.documentHash, 'shared')
        await store.setVisibility(document.documentHash, 'private')
        expect(await store.getDocument(document.documentHash)).toEqual(document)
      })

      it('must be there to change their visibility', async () => {
        await expect(store.setVisibility(hashText('nothing'), 'shared')).rejects.toMatchObject({
          code: 'not-found',
        })
      })
    })

    describe('deleting a document', () => {
      it('removes its contexts, their vectors, own descriptors and edges', async () => {
        const reference: Edge = { from: one.contextHash, kind: 'REFERENCES', to: 'https://example.org/' }
        const document = sampleDocument('a', [one])
        const ofDocument: Edge = { from: document.documentHash, kind: 'REFERENCES', to: two.contextHash }
        await store.putDocument(document, [one], [...sampleEdges(document, [one]), reference, ofDocument])
        await store.putVectors(new Map([[one.contextHash, sampleVector(space, 1)]]))
        await store.putDescriptors([sampleDescriptor(one.contextHash, me, 1)])
        await store.deleteDocument(document.documentHash)
        expect(await store.listDocuments()).toEqual([])
        expect(await store.listContexts()).toEqual([])
        expect(await store.listVectors(space)).toEqual(new Map())
        expect(await store.listDescriptors(10)).toEqual([])
        for (const node of [one.contextHash, document.documentHash]) {
          expect(await store.edgesFrom(node)).toEqual([])
        }
        for (const node of [document.documentHash, two.contextHash, me.peerId, reference.to]) {
          expect(await store.edgesTo(node)).toEqual([])
        }
      })

      it('keeps contexts that another document holds', async () => {
        const first = sampleDocument('a', [one, two])
        const second = sampleDocument('b', [two, three])
        await store.putDocument(first, [one, two], sampleEdges(first, [one, two]))
        await store.putDocument(second, [two, three], sampleEdges(second, [two, three]))
        await store.putVectors(new Map([[two.contextHash, sampleVector(space, 2)]]))
        await store.putDescriptors([sampleDescriptor(two.contextHash, me, 1)])
        await store.deleteDocument(first.documentHash)
        expect(await store.getContexts([one.contextHash, two.contextHash, three.contextHash])).toEqual([
          two,
          three,
        ])
        expect([...(await store.listVectors(space)).keys()]).toEqual([two.contextHash])
        expect(await store.getDescriptors([two.contextHash], me.account)).toHaveLength(1)
        expect(await store.edgesFrom(two.contextHash)).toHaveLength(2)
        expect(await store.edgesTo(first.documentHash)).toEqual([])
      })

      it("keeps contexts that are not own, other authors' descriptors and other documents' references", async () => {
        const cached = sampleContext('cached', { origin: 'cached', author: ann.peerId })
        await store.putContexts([cached], [])
        const document = sampleDocument('a', [one])
        const reference: Edge = { from: cached.contextHash, kind: 'REFERENCES', to: document.documentHash }
        await store.putDocument(document, [one], [...sampleEdges(document, [one]), reference])
        await store.putDescriptors([sampleDescriptor(one.contextHash, ann, 1)])
        await store.deleteDocument(document.documentHash)
        expect(await store.listContexts()).toEqual([cached])
        expect(await store.getDescriptors([one.contextHash], ann.account)).toEqual([
          sampleDescriptor(one.contextHash, ann, 1),
        ])
        expect(await store.edgesTo(document.documentHash)).toEqual([reference])
      })

      it('is quiet about a document that is not there', async () => {
        await store.deleteDocument(hashText('nothing'))
        expect(await store.listDocuments()).toEqual([])
      })
    })

    describe('contexts', () => {
      it('come with the app', async () => {
        const guide = sampleContext('guide', { origin: 'guide' })
        await store.putContexts([guide], [{ from: 'x', kind: 'REFERENCES', to: 'y' }])
        expect(await store.getContext(guide.contextHash)).toEqual(guide)
        expect(await store.edgesFrom('x')).toEqual([{ from: 'x', kind: 'REFERENCES', to: 'y' }])
      })

      it('that are own stay own when a peer sends them', async () => {
        await store.putDocument(sampleDocument('a', [one]), [one], [])
        await store.putContexts([sampleContext('one', { origin: 'cached', author: ann.peerId })], [])
        expect(await store.getContext(one.contextHash)).toEqual(one)
      })

      it('that are cached become own when a document of the peer holds them', async () => {
        await store.putContexts([sampleContext('one', { origin: 'cached', author: ann.peerId })], [])
        await store.putDocument(sampleDocument('a', [one]), [one], [])
        expect(await store.getContext(one.contextHash)).toEqual(one)
      })

      it('are given in the order asked for, without those that are missing', async () => {
        await store.putContexts([one, two, three], [])
        const asked = [three.contextHash, hashText('nothing'), one.contextHash]
        expect(await store.getContexts(asked)).toEqual([three, one])
        expect(await store.getContext(hashText('nothing'))).toBeUndefined()
        expect(await store.getContexts([])).toEqual([])
      })

      it('are all listed', async () => {
        await store.putContexts([one, two, three], [])
        const listed = await store.listContexts()
        expect(listed).toHaveLength(3)
        expect(listed).toEqual(expect.arrayContaining([one, two, three]))
      })

      it('keep any text as it is', async () => {
        const odd = sampleContext('line\r\n\u0000 \u{1F9F5} "quoted" \\ \u2028')
        await store.putContexts([odd], [])
        expect(await store.getContext(odd.contextHash)).toEqual(odd)
      })

      it('are stored by the thousand', async () => {
        const many = Array.from({ length: 2_000 }, (_, index) => sampleContext(`context ${index}`))
        const document = sampleDocument('large', many)
        await store.putDocument(document, many, sampleEdges(document, many))
        expect(await store.getContexts(document.contexts)).toHaveLength(2_000)
        await store.deleteDocument(document.documentHash)
        expect(await store.listContexts()).toEqual([])
      })
    })

    describe('sharing', () => {
      it('covers a context that any shared document holds', async () => {
        const first = sampleDocument('a', [one, two])
        const second = sampleDocument('b', [two, three], { visibility: 'shared' })
        await store.putDocument(first, [one, two], [])
        await store.putDocument(second, [two, three], [])
        expect(await store.isShared(one.contextHash)).toBe(false)
        expect(await store.isShared(two.contextHash)).toBe(true)
        expect(await store.isShared(hashText('nothing'))).toBe(false)
        expect(new Set(await store.listShared())).toEqual(new Set([two.contextHash, three.contextHash]))
      })

      it('begins and ends with the visibility, and ends with the document', async () => {
        const first = sampleDocument('a', [one], { visibility: 'shared' })
        const second = sampleDocument('b', [one])
        await store.putDocument(first, [one], [])
        await store.putDocument(second, [one], [])
        await store.setVisibility(first.documentHash, 'private')
        expect(await store.isShared(one.contextHash)).toBe(false)
        await store.setVisibility(second.documentHash, 'shared')
        expect(await store.listShared()).toEqual([one.contextHash])
        await store.deleteDocument(second.documentHash)
        expect(await store.listShared()).toEqual([])
      })

      it('never covers contexts of peers', async () => {
        await store.putContexts([sampleContext('cached', { origin: 'cached' })], [])
        expect(await store.listShared()).toEqual([])
      })
    })

    describe('vectors', () => {
      it('are listed by space', async () => {
        const first = new Map([
          [one.contextHash, sampleVector(space, 1)],
          [two.contextHash, sampleVector(space, -2)],
        ])
        await store.putVectors(first)
        await store.putVectors(new Map([[one.contextHash, sampleVector('other', 3)]]))
        expect(await store.listVectors(space)).toEqual(first)
        expect(await store.listVectors('other' as SpaceId)).toHaveLength(1)
        expect(await store.listVectors('unknown' as SpaceId)).toEqual(new Map())
      })

      it('are replaced by newer ones', async () => {
        await store.putVectors(new Map([[one.contextHash, sampleVector(space, 1)]]))
        await store.putVectors(new Map([[one.contextHash, sampleVector(space, 9)]]))
        expect(await store.listVectors(space)).toEqual(new Map([[one.contextHash, sampleVector(space, 9)]]))
      })

      it('of a space are forgotten together, those of others stay', async () => {
        const others = new Map([[one.contextHash, sampleVector('other', 3)]])
        await store.putVectors(new Map([[one.contextHash, sampleVector(space, 1)]]))
        await store.putVectors(others)
        await store.removeVectors(space)
        await store.removeVectors('unknown' as SpaceId)
        expect(await store.listVectors(space)).toEqual(new Map())
        expect(await store.listVectors('other' as SpaceId)).toEqual(others)
      })
    })

    describeCacheEntries(() => store)

    describeDescriptors(() => store)

    describe('edges', () => {
      it('are found from both ends and stored once', async () => {
        const edges: Edge[] = [
          { from: 'a', kind: 'REFERENCES', to: 'b' },
          { from: 'a', kind: 'PART_OF', to: 'b' },
          { from: 'c', kind: 'REFERENCES', to: 'b' },
        ]
        await store.putContexts([], edges)
        await store.putContexts([], edges)
        expect(await store.edgesFrom('a')).toHaveLength(2)
        expect(await store.edgesTo('b')).toHaveLength(3)
        expect(await store.edgesTo('a')).toEqual([])
      })
    })

    it('keeps everything through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      const document = sampleDocument('a', [one, two], { visibility: 'shared' })
      const descriptor = sampleDescriptor(one.contextHash, me, 1)
      const vectors = new Map([[one.contextHash, sampleVector(space, 1)]])
      const cached = sampleContext('cached', { origin: 'cached', author: ann.peerId })
      const entry = sampleCacheEntry(cached)
      await store.putCached([cached], [], [entry])
      await store.putDocument(document, [one, two], sampleEdges(document, [one, two]))
      await store.putVectors(vectors)
      await store.putDescriptors([descriptor])
      opened = await reopen()
      store = opened.store
      expect(await store.listDocuments()).toEqual([document])
      expect(await store.getContexts(document.contexts)).toEqual([one, two])
      expect(await store.listVectors(space)).toEqual(vectors)
      expect(await store.listDescriptors(10)).toEqual([descriptor])
      expect(await store.edgesTo(document.documentHash)).toHaveLength(2)
      expect(await store.isShared(two.contextHash)).toBe(true)
      expect(await store.listCacheEntries()).toEqual([entry])
    })
  })
}
