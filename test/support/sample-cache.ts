import type { CacheEntry } from '../../src/domain/content/cache-entry.ts'
import { sumStoredBytes } from '../../src/domain/content/cache-entry.ts'
import { hashText } from '../../src/domain/content/context-hash.ts'
import { createWritable } from '../../src/domain/kernel/readable.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { CacheState, PassageCache } from '../../src/peer/cache.ts'
import { sampleContexts } from './sample-documents.ts'
import { samplePeerId } from './sample-peer-ids.ts'

const HOUR_MS = 3_600_000
const QUOTA_BYTES = 200 * 1024 * 1024
const titles = [
  'How often a restore is tested',
  'Retention of monthly dumps',
  'Point-in-time recovery · Replaying the write-ahead log until a chosen moment',
  'Checksums of pages',
  'Which backups are encrypted',
  'Connection pools and their limits',
  'Timeouts of reports',
]

/** Passages that were bought, the first ones last. */
export function sampleCacheEntries(nowMs = Date.now()): readonly CacheEntry[] {
  return titles.map((title, at) => {
    const sizeBytes = 412 + at * 397
    const paid = toMicroTokens(Math.ceil((sizeBytes * 2_000_000) / 1024))
    return {
      contextHash: hashText(title),
      title,
      sizeBytes,
      purchase: at === 5 ? null : { seller: samplePeerId(1 + (at % 3)), paid },
      boughtAtMs: nowMs - (at + 1) * 30 * HOUR_MS,
      usedAtMs: nowMs - at * 9 * HOUR_MS,
      uses: (at * 5) % 7,
      worth: 1_000,
      isPinned: at === 1,
    }
  })
}

/** A cache with what is given, which never grows. */
export function createSampleCache(
  held: readonly CacheEntry[],
  changed: Partial<CacheState> = {},
): PassageCache {
  const toState = (entries: readonly CacheEntry[], quotaBytes = QUOTA_BYTES): CacheState => ({
    entries,
    usedBytes: sumStoredBytes(entries),
    limitBytes: quotaBytes,
    quotaBytes,
    failure: '',
    ...changed,
  })
  const state = createWritable(toState(held))
  const change = (entries: readonly CacheEntry[]): Promise<void> => {
    state.set(toState(entries, state.get().quotaBytes))
    return Promise.resolve()
  }
  return {
    state,
    setQuota(quotaBytes) {
      state.set(toState(state.get().entries, quotaBytes))
      return Promise.resolve()
    },
    setPinned: (contextHashes, isPinned) =>
      change(
        state
          .get()
          .entries.map((entry) =>
            contextHashes.includes(entry.contextHash) ? { ...entry, isPinned } : entry,
          ),
      ),
    remove: (contextHashes) =>
      change(state.get().entries.filter(({ contextHash }) => !contextHashes.includes(contextHash))),
    read: () => Promise.resolve(sampleContexts[1]),
  }
}
