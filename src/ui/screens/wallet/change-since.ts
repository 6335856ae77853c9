import type { WalletEntry } from '../../../peer/peer.ts'

/** Sum of the changes at or after `sinceMs`, in µT. */
export function changeSince(entries: readonly WalletEntry[], sinceMs: number): bigint {
  return entries.reduce((sum, entry) => (entry.timestampMs >= sinceMs ? sum + entry.change : sum), 0n)
}

/** Midnight of the day of a time, in the reader's time zone. */
export function startOfDay(timestampMs: number): number {
  return new Date(timestampMs).setHours(0, 0, 0, 0)
}
