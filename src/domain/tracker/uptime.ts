/** Share of time that peers were there, from their heartbeats alone. */
export interface UptimeLog {
  /** Notes a sign of life; a gap longer than `gapLimitMs` since the one before counts as absence. */
  heartbeat(id: string, nowMs: number): void
  /** From 0 to 100 with one decimal, as of the last heartbeat; 100 for a newcomer, 0 for a stranger. */
  percent(id: string): number
}

export interface UptimeOptions {
  readonly gapLimitMs: number
  /** Older time than this fades out in proportion. */
  readonly windowMs: number
  /** Records kept; beyond it the peer that was away longest is forgotten. */
  readonly maxPeers: number
}

interface UptimeRecord {
  readonly sinceMs: number
  readonly onlineMs: number
  readonly lastSeenMs: number
}

/** An empty log. */
export function createUptimeLog({ gapLimitMs, windowMs, maxPeers }: UptimeOptions): UptimeLog {
  // Kept in the order of the last heartbeat, so the first record is the one to forget.
  const records = new Map<string, UptimeRecord>()

  function advance(record: UptimeRecord, nowMs: number): UptimeRecord {
    const gapMs = Math.max(0, nowMs - record.lastSeenMs)
    const onlineMs = record.onlineMs + (gapMs <= gapLimitMs ? gapMs : 0)
    const elapsedMs = nowMs - record.sinceMs
    if (elapsedMs <= windowMs) return { ...record, onlineMs, lastSeenMs: nowMs }
    return { sinceMs: nowMs - windowMs, onlineMs: (onlineMs * windowMs) / elapsedMs, lastSeenMs: nowMs }
  }

  return {
    heartbeat(id, nowMs) {
      const record = records.get(id) ?? { sinceMs: nowMs, onlineMs: 0, lastSeenMs: nowMs }
      records.delete(id)
      records.set(id, advance(record, nowMs))
      const [longestAway] = records.keys()
      if (records.size > maxPeers && longestAway !== undefined) records.delete(longestAway)
    },
    percent(id) {
      const record = records.get(id)
      if (record === undefined) return 0
      const elapsedMs = record.lastSeenMs - record.sinceMs
      return elapsedMs <= 0 ? 100 : Math.round((record.onlineMs / elapsedMs) * 1000) / 10
    },
  }
}
