import type { PeerId } from '../identity/account.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { ContextHash } from './context-hash.ts'
import type { Context } from './context.ts'

/** What is known of a context that was bought: how it came, how it is used, and whether the user wants to keep it. */
export interface CacheEntry {
  readonly contextHash: ContextHash
  readonly title: string
  /** Of the text in UTF-8. */
  readonly sizeBytes: number
  /** Who sold it for how much; null for what was bought before this was noted. */
  readonly purchase: { readonly seller: PeerId; readonly paid: MicroTokens } | null
  readonly boughtAtMs: number
  /** When it was last part of an answer; when it was bought as long as it never was. */
  readonly usedAtMs: number
  /** Answers that it was part of. */
  readonly uses: number
  /** How much it was worth keeping when it was used last: the least goes first. */
  readonly worth: number
  /** True when it must not give way to others. */
  readonly isPinned: boolean
}

/**
 * What is reckoned for everything that is kept beside the text of a context: its vectors, edges and names. Measured with
 * passages of 1 KB: 2.8 KB in SQLite with one vector, 3.5 KB with two; 5 and 6 KB in Chromium, before it compacts them.
 */
const BESIDE_TEXT_BYTES = 4_096

/** Storage that a cached context takes, in bytes. */
export function storedBytes({ sizeBytes }: Pick<CacheEntry, 'sizeBytes'>): number {
  return sizeBytes + BESIDE_TEXT_BYTES
}

/** Storage that cached contexts take together, in bytes. */
export function sumStoredBytes(entries: Iterable<Pick<CacheEntry, 'sizeBytes'>>): number {
  let sum = 0
  for (const entry of entries) sum += storedBytes(entry)
  return sum
}

/** A context of an own document as it is without the document, when it was bought before: then it is `cached` again. */
export function asBought(own: Context, { purchase }: Pick<CacheEntry, 'purchase'>): Context {
  return { ...own, origin: 'cached', author: purchase?.seller ?? own.author }
}

/** The entry of a context that was bought before entries were kept. */
export function entryOfEarlier({ contextHash, title, sizeBytes, addedAtMs }: Context): CacheEntry {
  return {
    contextHash,
    title,
    sizeBytes,
    purchase: null,
    boughtAtMs: addedAtMs,
    usedAtMs: addedAtMs,
    uses: 0,
    worth: 0,
    isPinned: false,
  }
}
