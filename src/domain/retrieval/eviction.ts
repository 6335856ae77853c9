import { storedBytes, type CacheEntry } from '../content/cache-entry.ts'
import { MICRO_TOKENS_PER_TOKEN } from '../kernel/micro-tokens.ts'

/** A use counts half as much after so long without another one. */
const HALF_LIFE_MS = 30 * 86_400_000
/** The trouble of buying something again, whatever its price: asking, waiting, an entry. */
const REFETCH_COST = Number(MICRO_TOKENS_PER_TOKEN)

/**
 * How much a cached context is worth keeping, as a base-2 logarithm: uses · (price + 1 token) / bytes stored, halved for
 * every 30 days since the last use. The larger of two values stays the larger one however late they are compared.
 *
 * Frequency times cost over size is the value of GreedyDual-Size-Frequency (Cherkasova, "Improving WWW Proxies Performance
 * with Greedy-Dual-Size-Frequency Caching Policy", HP Labs HPL-98-69R1, 1998), which ages by a clock that moves with each
 * eviction. A personal cache may evict nothing for months, so age is told by time here, and halves as in LRFU (Lee et al.,
 * IEEE Transactions on Computers 50(12), 2001).
 */
function worthOf(entry: CacheEntry): number {
  const cost = Number(entry.purchase?.paid ?? 0n) + REFETCH_COST
  const uses = Math.max(1, entry.uses)
  return Math.log2(uses) + Math.log2(cost / storedBytes(entry)) + entry.usedAtMs / HALF_LIFE_MS
}

/**
 * Cached contexts that have to go, so that all of them together take `quotaBytes` at most: those worth least, and none that
 * there is room for beside the others. Pinned ones, and those that are in use, always stay, even when they alone take more.
 */
export function chooseEvictions(
  entries: readonly CacheEntry[],
  quotaBytes: number,
  isInUse: (entry: CacheEntry) => boolean = () => false,
): readonly CacheEntry[] {
  const mustStay = (entry: CacheEntry): boolean => entry.isPinned || isInUse(entry)
  let room = quotaBytes
  for (const entry of entries) if (mustStay(entry)) room -= storedBytes(entry)
  const byWorth = entries
    .filter((entry) => !mustStay(entry))
    .map((entry) => ({ entry, worth: worthOf(entry) }))
    .sort((a, b) => b.worth - a.worth || (a.entry.contextHash < b.entry.contextHash ? -1 : 1))
  const evicted: CacheEntry[] = []
  for (const { entry } of byWorth) {
    if (storedBytes(entry) <= room) room -= storedBytes(entry)
    else evicted.push(entry)
  }
  return evicted
}
