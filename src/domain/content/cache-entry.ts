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
 * What is kept beside the text of a context, rounded up: its vectors, edges and names (measured: 1.4 KB with one vector, 0.5
 * KB for each further one).
 */
const BESIDE_TEXT_BYTES = 2_048

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
