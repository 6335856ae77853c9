import { sumStoredBytes, type CacheEntry } from '../domain/content/cache-entry.ts'
import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { Edge } from '../domain/graph/edge.ts'
import { isLoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import { chooseEvictions, worthWhenUsed } from '../domain/retrieval/eviction.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import { describedContext } from './described-context.ts'
import type { SearchIndex } from './search-index.ts'

/** 200 MB, some 40,000 passages. */
const DEFAULT_CACHE_QUOTA_BYTES = 200 * 1024 * 1024
/** Storage that the cache leaves to everything else: it does not grow while the device has less left. */
const RESERVED_BYTES = 50 * 1024 * 1024
/** When the storage is full, so much of the cache goes at once, for a little room is not always free at once. */
const FULL_STORAGE_SHARE = 0.1
/** Titles of passages that were removed, by which the wallet names them. */
const KEPT_TITLES = 20_000

/** The passages bought from others that are held, and the room that they take. */
export interface CacheState {
  readonly entries: readonly CacheEntry[]
  readonly usedBytes: number
  /** The most that they may take now: what the user chose, or less when the device has no more room. */
  readonly limitBytes: number
  /** What the user chose. */
  readonly quotaBytes: number
  /** Why the last change could not be made; empty while all is well. */
  readonly failure: string
}

/** Passages that were bought: they stay, so that they need not be bought again, as long as there is room. */
export interface PassageCache {
  readonly state: Readable<CacheState>
  /** Changes the room that they may take; what is worth least goes at once. Throws what the store fails with. */
  setQuota(quotaBytes: number): Promise<void>
  /** Says whether passages must stay whatever room they take. */
  setPinned(contextHashes: readonly ContextHash[], isPinned: boolean): Promise<void>
  /** Removes passages, also pinned ones; they can be bought again. */
  remove(contextHashes: readonly ContextHash[]): Promise<void>
  /** A passage with its text, as long as it is held. */
  read(contextHash: ContextHash): Promise<Context | undefined>
}

/** A context that was just bought. */
interface Bought {
  readonly descriptor: SignedDescriptor
  readonly text: string
  readonly seller: PeerId
  readonly paid: MicroTokens
}

/** The cache with what only the peer itself calls. */
export interface OwnCache extends PassageCache {
  /** Reads what is cached, and removes what there is no room for; to be called before the index is filled. */
  start(): Promise<void>
  /** Resolves when nothing is under way. */
  stop(): Promise<void>
  /**
   * Stores what was bought; `indexed` resolves once it is searchable. When the storage is full, others give way first.
   * Throws `storage-full`.
   */
  keep(bought: readonly Bought[]): Promise<{ readonly indexed: Promise<void> }>
  /** Contexts that are the user's own now. */
  noteOwn(contextHashes: readonly ContextHash[]): void
  /** Reads again what is cached: own contexts that were bought before are cached again once their document is removed. */
  refresh(): void
  /** Contexts that a question under way has found: those that are cached stay until its answer is there. */
  noteFound(contextHashes: readonly ContextHash[]): void
  /**
   * Waits for an answer, and notes which cached passages are part of it. Then what there is no room for goes, but nothing
   * that this answer has used, or one that is still under way has found.
   */
  answering<T extends { readonly results: readonly Pick<CacheEntry, 'contextHash'>[] }>(
    answer: () => Promise<T>,
  ): Promise<T>
}

export interface CacheOptions {
  /** The room that bought passages may take, in bytes; 200 MB unless told. */
  readonly cacheQuotaBytes?: number
  /** Storage in bytes that the device still has for Loremesh; no limit unless told. */
  readonly availableBytes?: () => Promise<number>
}

/** Creates the cache of `contextStore`. */
export function createCache(
  components: {
    readonly contextStore: Pick<
      ContextStore,
      | 'getContext'
      | 'putCached'
      | 'putDescriptors'
      | 'listCacheEntries'
      | 'updateCacheEntries'
      | 'removeCached'
    >
    readonly index: Pick<SearchIndex, 'add' | 'remove'>
    readonly clock: Pick<Clock, 'nowMs'>
  },
  { cacheQuotaBytes = DEFAULT_CACHE_QUOTA_BYTES, availableBytes = unlimited }: CacheOptions = {},
): OwnCache {
  const { contextStore, index } = components
  const entries = new Map<ContextHash, CacheEntry>()
  const state = createWritable<CacheState>({
    entries: [],
    usedBytes: 0,
    limitBytes: cacheQuotaBytes,
    quotaBytes: cacheQuotaBytes,
    failure: '',
  })
  /** The largest worth of what was evicted so far. */
  let evictedWorth = 0
  /** When the questions that are under way began. */
  const underWay: number[] = []
  /** When they found passages. */
  const foundAtMs = new Map<ContextHash, number>()
  /** One change after another, so that each sees what the one before has left. */
  let changes: Promise<unknown> = Promise.resolve()

  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = changes.then(change)
    changes = done.catch((error: unknown) => publish({ failure: toLoremeshError(error).message }))
    return done
  }

  function inBackground(change: () => Promise<void>): void {
    void inTurn(change).catch(() => undefined)
  }

  function publish(changed: Partial<CacheState> = {}): void {
    const held = [...entries.values()]
    state.set({ ...state.get(), ...changed, entries: held, usedBytes: sumStoredBytes(held) })
  }

  function usedOnceMore(entry: CacheEntry, usedAtMs: number): CacheEntry {
    const used = { ...entry, usedAtMs, uses: entry.uses + 1 }
    return { ...used, worth: worthWhenUsed(used, evictedWorth) }
  }

  /** Replaces entries of passages that are held. */
  async function update(changed: readonly CacheEntry[]): Promise<void> {
    if (changed.length === 0) return
    await contextStore.updateCacheEntries(changed)
    for (const entry of changed) if (entries.has(entry.contextHash)) entries.set(entry.contextHash, entry)
    publish({ failure: '' })
  }

  async function drop(contextHashes: readonly ContextHash[]): Promise<void> {
    if (contextHashes.length === 0) return
    const removed = await contextStore.removeCached(contextHashes, { titles: KEPT_TITLES })
    for (const contextHash of contextHashes) entries.delete(contextHash)
    publish({ failure: '' })
    await index.remove(removed)
  }

  /** Removes what is worth least, until the rest takes so much at most; spares what questions under way have found or used. */
  async function shrink(limitBytes: number, sinceMs = Infinity): Promise<number> {
    const spared = Math.min(sinceMs, ...underWay)
    const isInUse = ({ contextHash, usedAtMs }: CacheEntry): boolean =>
      Math.max(usedAtMs, foundAtMs.get(contextHash) ?? 0) >= spared
    const evicted = chooseEvictions([...entries.values()], limitBytes, isInUse)
    await drop(evicted.map(({ contextHash }) => contextHash))
    for (const { worth } of evicted) evictedWorth = Math.max(evictedWorth, worth)
    return evicted.length
  }

  /** Keeps within the quota. While the device has little room left, the cache stays as large as it was at the last time. */
  async function keepWithin(beforeBytes: number, sinceMs?: number): Promise<void> {
    const { usedBytes, quotaBytes } = state.get()
    const room = usedBytes + (await availableBytes()) - RESERVED_BYTES
    const limitBytes = Math.min(quotaBytes, Math.max(beforeBytes, room))
    publish({ limitBytes })
    await shrink(limitBytes, sinceMs)
  }

  /** Runs a step that stores something. When there is no room for it, others give way, and it is run once more. */
  async function withRoom(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      if (!isLoremeshError(error, 'storage-full')) throw error
      const { usedBytes } = state.get()
      const evicted = await shrink(usedBytes * (1 - FULL_STORAGE_SHARE))
      if (evicted === 0) throw error
      await step()
    }
  }

  async function readEntries(): Promise<void> {
    for (const entry of await contextStore.listCacheEntries()) entries.set(entry.contextHash, entry)
  }

  return {
    state,
    async start() {
      await readEntries()
      evictedWorth = leastWorth(entries.values())
      publish()
      inBackground(() => keepWithin(state.get().usedBytes))
      await changes
    },
    async stop() {
      await changes
    },
    async keep(bought) {
      const nowMs = components.clock.nowMs()
      const contexts = bought.map(({ descriptor, text }) =>
        describedContext(descriptor.descriptor, text, nowMs),
      )
      const added = bought.map(({ descriptor: { descriptor }, seller, paid }): CacheEntry => {
        const { contextHash, title, sizeBytes } = descriptor
        const purchase = { seller, paid }
        const { uses = 0, isPinned = false } = entries.get(contextHash) ?? {}
        const worth = worthWhenUsed({ uses, purchase, sizeBytes }, evictedWorth)
        const times = { boughtAtMs: nowMs, usedAtMs: nowMs }
        return { contextHash, title, sizeBytes, purchase, ...times, uses, worth, isPinned }
      })
      await inTurn(async () => {
        await withRoom(async () => {
          await Promise.all([
            contextStore.putCached(contexts, contexts.flatMap(edgesOf), added),
            contextStore.putDescriptors(bought.map(({ descriptor }) => descriptor)),
          ])
        })
        for (const entry of added) entries.set(entry.contextHash, entry)
        publish({ failure: '' })
      })
      // An index that can't take it says why at the next search.
      return { indexed: index.add(contexts).catch(() => undefined) }
    },
    noteOwn(contextHashes) {
      const taken = contextHashes.filter((contextHash) => entries.delete(contextHash))
      if (taken.length > 0) publish()
    },
    refresh() {
      inBackground(async () => {
        await readEntries()
        publish({ failure: '' })
      })
    },
    noteFound(contextHashes) {
      const nowMs = components.clock.nowMs()
      for (const contextHash of contextHashes) if (entries.has(contextHash)) foundAtMs.set(contextHash, nowMs)
    },
    async answering(answer) {
      const sinceMs = components.clock.nowMs()
      const beforeBytes = state.get().usedBytes
      underWay.push(sinceMs)
      try {
        const given = await answer()
        const usedAtMs = components.clock.nowMs()
        inBackground(() => {
          const used = given.results.flatMap(({ contextHash }) => entries.get(contextHash) ?? [])
          return update(used.map((entry) => usedOnceMore(entry, usedAtMs)))
        })
        return given
      } finally {
        underWay.splice(underWay.indexOf(sinceMs), 1)
        if (underWay.length === 0) foundAtMs.clear()
        inBackground(() => keepWithin(beforeBytes, sinceMs))
      }
    },
    setQuota: (quotaBytes) =>
      inTurn(async () => {
        publish({ quotaBytes })
        await keepWithin(state.get().usedBytes)
      }),
    setPinned: (contextHashes, isPinned) =>
      inTurn(() => {
        const changed = contextHashes.flatMap((contextHash) => entries.get(contextHash) ?? [])
        return update(changed.map((entry) => ({ ...entry, isPinned })))
      }),
    remove: (contextHashes) => inTurn(() => drop(contextHashes)),
    read: contextStore.getContext,
  }
}

/** The least worth of entries that may go: about where `evictedWorth` was before a restart. */
function leastWorth(entries: Iterable<CacheEntry>): number {
  let least = Infinity
  for (const { worth, isPinned } of entries) if (!isPinned) least = Math.min(least, worth)
  return least === Infinity ? 0 : least
}

function unlimited(): Promise<number> {
  return Promise.resolve(Infinity)
}

function edgesOf({ contextHash, documentHash, author }: Context): readonly Edge[] {
  return [
    { from: contextHash, kind: 'PART_OF', to: documentHash },
    { from: contextHash, kind: 'AUTHORED_BY', to: author },
  ]
}
