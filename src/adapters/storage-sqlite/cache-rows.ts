import type { CacheEntry } from '../../domain/content/cache-entry.ts'
import { parseContextHash } from '../../domain/content/context-hash.ts'
import { parsePeerId } from '../../domain/identity/account.ts'
import { toMicroTokens } from '../../domain/kernel/micro-tokens.ts'

/** A row of `cache_entries`, read with `setReadBigInts`. */
export interface CacheRow {
  readonly context_hash: string
  readonly title: string
  readonly size_bytes: bigint
  /** NULL together with `paid`. */
  readonly seller: string | null
  readonly paid: bigint | null
  readonly bought_at_ms: bigint
  readonly used_at_ms: bigint
  readonly uses: bigint
  readonly worth: number
  readonly is_pinned: bigint
}

/** The row of an entry; its keys are the column names. */
export function cacheEntryToRow(entry: CacheEntry): CacheRow {
  return {
    context_hash: entry.contextHash,
    title: entry.title,
    size_bytes: BigInt(entry.sizeBytes),
    seller: entry.purchase?.seller ?? null,
    paid: entry.purchase?.paid ?? null,
    bought_at_ms: BigInt(entry.boughtAtMs),
    used_at_ms: BigInt(entry.usedAtMs),
    uses: BigInt(entry.uses),
    worth: entry.worth,
    is_pinned: entry.isPinned ? 1n : 0n,
  }
}

/** The entry of a row. */
export function rowToCacheEntry(row: CacheRow): CacheEntry {
  const { seller, paid } = row
  return {
    contextHash: parseContextHash(row.context_hash),
    title: row.title,
    sizeBytes: Number(row.size_bytes),
    purchase:
      seller === null || paid === null ? null : { seller: parsePeerId(seller), paid: toMicroTokens(paid) },
    boughtAtMs: Number(row.bought_at_ms),
    usedAtMs: Number(row.used_at_ms),
    uses: Number(row.uses),
    worth: row.worth,
    isPinned: row.is_pinned === 1n,
  }
}
