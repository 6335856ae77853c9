import { describe, expect, it } from 'vitest'
import type { CacheEntry } from '../../src/domain/content/cache-entry.ts'
import { hashText } from '../../src/domain/content/context-hash.ts'
import type { Context } from '../../src/domain/content/context.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { ContextStore } from '../../src/ports/context-store.ts'
import {
  ann,
  bob,
  me,
  sampleCacheEntry,
  sampleContext,
  sampleDescriptor,
  sampleDocument,
  sampleEdges,
  sampleVector,
} from './sample-records.ts'

const cached = (text: string): Context => sampleContext(text, { origin: 'cached', author: ann.peerId })
const [one, two, three] = [cached('one'), cached('two'), cached('three')]
const edgesOf = (context: Context) => sampleEdges(sampleDocument('of ann', []), [context])

async function put(store: ContextStore, ...contexts: readonly Context[]): Promise<void> {
  await store.putCached(
    contexts,
    contexts.flatMap(edgesOf),
    contexts.map((context) => sampleCacheEntry(context)),
  )
}

const byTitle = (entries: readonly CacheEntry[]): readonly CacheEntry[] =>
  [...entries].sort((a, b) => a.title.localeCompare(b.title))

/** What every context store does with what was bought. */
export function describeCacheEntries(store: () => ContextStore): void {
  describe('cached contexts', () => {
    it('come with entries that come back exactly', async () => {
      const largest = { seller: bob.peerId, paid: toMicroTokens(2n ** 63n - 1n) }
      const entries = [
        sampleCacheEntry(one, { purchase: largest, isPinned: true }),
        sampleCacheEntry(two, { purchase: null }),
      ]
      await store().putCached([one, two], [], entries)
      expect(await store().getContexts([one.contextHash, two.contextHash])).toEqual([one, two])
      expect(byTitle(await store().listCacheEntries())).toEqual(byTitle(entries))
    })

    it('are bought again under a new entry', async () => {
      await put(store(), one)
      const again = sampleCacheEntry(one, { boughtAtMs: 9_000, usedAtMs: 9_000 })
      await store().putCached([one], edgesOf(one), [again])
      expect(await store().listCacheEntries()).toEqual([again])
    })

    it('stay what they are when they are own or come with the app', async () => {
      const own = sampleContext('one')
      const guide = sampleContext('two', { origin: 'guide' })
      await store().putDocument(sampleDocument('mine', [own]), [own], [])
      await store().putContexts([guide], [])
      await put(store(), one, two)
      expect(await store().getContexts([one.contextHash, two.contextHash])).toEqual([own, guide])
      expect(await store().listCacheEntries()).toEqual([])
    })

    it('have no entry any more once they are own or come with the app', async () => {
      await put(store(), one, two, three)
      const own = sampleContext('one')
      await store().putDocument(sampleDocument('mine', [own]), [own], [])
      await store().putContexts([sampleContext('two', { origin: 'guide' })], [])
      expect(await store().listCacheEntries()).toEqual([sampleCacheEntry(three)])
      expect(await store().removeCached([one.contextHash, two.contextHash], { titles: 9 })).toEqual([])
      expect(await store().getContext(one.contextHash)).toEqual(own)
    })

    it('are cached again, with all that was noted, once they are own no more', async () => {
      const pinned = sampleCacheEntry(one, { isPinned: true })
      await store().putCached([one, two], [one, two].flatMap(edgesOf), [pinned, sampleCacheEntry(two)])
      const vector = sampleVector('static-384', 1)
      await store().putVectors(new Map([one, two].map(({ contextHash }) => [contextHash, vector])))
      const own = sampleContext('one')
      const document = sampleDocument('mine', [own])
      await store().putDocument(document, [own], sampleEdges(document, [own]))
      await store().putDescriptors([sampleDescriptor(own.contextHash, me, 1)])
      await store().updateCacheEntries([sampleCacheEntry(one, { uses: 9 })])
      await store().deleteDocument(document.documentHash)
      expect(await store().getContext(one.contextHash)).toEqual({
        ...own,
        origin: 'cached',
        author: bob.peerId,
      })
      expect(byTitle(await store().listCacheEntries())).toEqual([pinned, sampleCacheEntry(two)])
      expect((await store().listVectors(vector.space)).size).toBe(2)
      expect(await store().getDescriptors([own.contextHash], me.account)).toEqual([])
      expect(await store().edgesTo(document.documentHash)).toEqual([])
      const hashes = [three.contextHash, one.contextHash]
      expect(await store().removeCached(hashes, { titles: 9 })).toEqual([one.contextHash])
      expect(await store().listContexts()).toEqual([two])
    })

    it('change their entries together, as far as they are there', async () => {
      await put(store(), one, two)
      const changed = [one, two, three].map((context) =>
        sampleCacheEntry(context, { uses: 7, usedAtMs: 8_000 }),
      )
      await store().updateCacheEntries(changed)
      expect(byTitle(await store().listCacheEntries())).toEqual(byTitle(changed.slice(0, 2)))
    })

    it('are removed with entries, vectors and edges, and can still be found and bought again', async () => {
      await put(store(), one, two)
      await store().putVectors(
        new Map([one, two].map(({ contextHash }) => [contextHash, sampleVector('static-384', 1)])),
      )
      const described = sampleDescriptor(one.contextHash, ann, 1)
      await store().putDescriptors([described])
      const removed = await store().removeCached([one.contextHash, three.contextHash], { titles: 9 })
      expect(removed).toEqual([one.contextHash])
      expect(await store().listContexts()).toEqual([two])
      expect(await store().listCacheEntries()).toEqual([sampleCacheEntry(two)])
      const [{ space }] = [sampleVector('static-384', 1)]
      expect([...(await store().listVectors(space)).keys()]).toEqual([two.contextHash])
      expect(await store().edgesFrom(one.contextHash)).toEqual([])
      expect(await store().edgesFrom(two.contextHash)).toHaveLength(2)
      expect(await store().getDescriptors([one.contextHash], ann.account)).toEqual([described])
      await put(store(), one)
      expect(await store().getContext(one.contextHash)).toEqual(one)
      expect(await store().listCacheEntries()).toHaveLength(2)
    })

    it('keep their titles, those bought last for longest', async () => {
      const contexts = [one, two, three]
      const entries = contexts.map((context, at) => sampleCacheEntry(context, { boughtAtMs: 100 - at }))
      await store().putCached(contexts, [], entries)
      const own = sampleContext('own')
      await store().putDocument(sampleDocument('mine', [own]), [own], [])
      const all = [...contexts, own].map(({ contextHash }) => contextHash)
      const titlesOf = async (): Promise<readonly string[]> => [
        ...(await store().titlesOf([...all, hashText('nothing')])).values(),
      ]
      expect(new Set(await titlesOf())).toEqual(new Set([one, two, three, own].map(({ title }) => title)))
      await store().removeCached([one.contextHash], { titles: 2 })
      await store().removeCached([two.contextHash, three.contextHash], { titles: 2 })
      expect(new Set(await titlesOf())).toEqual(new Set([one, two, own].map(({ title }) => title)))
    })
  })
}

/** A store whose contexts were stored before there were entries. */
export function describeCacheUpgrade(
  name: string,
  openEarlier: (
    contexts: readonly Context[],
  ) => Promise<{ readonly store: ContextStore; close(): Promise<void> }>,
): void {
  it(`contexts that were bought before are cached ones ${name}`, async () => {
    const own = sampleContext('own')
    const { store, close } = await openEarlier([one, own, two])
    const expected = [one, two].map((context) =>
      sampleCacheEntry(context, {
        purchase: null,
        boughtAtMs: context.addedAtMs,
        usedAtMs: context.addedAtMs,
        uses: 0,
        worth: 0,
      }),
    )
    expect(byTitle(await store.listCacheEntries())).toEqual(byTitle(expected))
    expect(await store.listContexts()).toHaveLength(3)
    expect(await store.removeCached([one.contextHash, own.contextHash], { titles: 9 })).toEqual([
      one.contextHash,
    ])
    await close()
  })
}
