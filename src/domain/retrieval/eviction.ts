import { storedBytes, type CacheEntry } from '../content/cache-entry.ts'
import { MICRO_TOKENS_PER_TOKEN } from '../kernel/micro-tokens.ts'

/** The trouble of buying something again, whatever its price, in µT: asking, waiting, an entry. */
const REFETCH_COST = Number(MICRO_TOKENS_PER_TOKEN)

/**
 * How much a cached context is worth keeping once it was used, in µT a byte: `clock` + uses · (price + 1 token) / bytes
 * stored, as GreedyDual-Size-Frequency has it (Cherkasova, "Improving WWW Proxies Performance with Greedy-Dual-Size-Frequency
 * Caching Policy", HP Labs HPL-98-69R1, 1998). `clock` is the largest worth of what was evicted so far: so what is used
 * later is worth more by all that had to go meanwhile, and what was used often, but long ago, gives way at last.
 */
export function worthWhenUsed(
  entry: Pick<CacheEntry, 'uses' | 'purchase' | 'sizeBytes'>,
  clock: number,
): number {
  const cost = Number(entry.purchase?.paid ?? 0n) + REFETCH_COST
  return clock + (Math.max(1, entry.uses) * cost) / storedBytes(entry)
}

/**
 * Cached contexts that have to go, so that all of them together take `quotaBytes` at most: those worth least, of equals those
 * used longest ago, and none that there is room for beside the others. Pinned ones, and those that are in use, always stay,
 * even when they alone take more.
 */
export function chooseEvictions(
  entries: readonly CacheEntry[],
  quotaBytes: number,
  isInUse: (entry: CacheEntry) => boolean = () => false,
): readonly CacheEntry[] {
  const mustStay = (entry: CacheEntry): boolean => entry.isPinned || isInUse(entry)
  let room = quotaBytes
  for (const entry of entries) if (mustStay(entry)) room -= storedBytes(entry)
  const evicted: CacheEntry[] = []
  for (const entry of entries.filter((one) => !mustStay(one)).sort(byWorth)) {
    if (storedBytes(entry) <= room) room -= storedBytes(entry)
    else evicted.push(entry)
  }
  return evicted
}

/** The worthiest first. */
function byWorth(a: CacheEntry, b: CacheEntry): number {
  return b.worth - a.worth || b.usedAtMs - a.usedAtMs || (a.contextHash < b.contextHash ? -1 : 1)
}
