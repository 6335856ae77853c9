/** How often something happened lately. */
export interface RateMeter {
  count(): void
  /** Average a second over the last minute, or over the time since the start while that is shorter. */
  perSecond(): number
}

const WINDOW_SECONDS = 60

/** A meter that has counted nothing yet. It holds one number a second of its window. */
export function createRateMeter(nowMs: () => number): RateMeter {
  const counts = new Map<number, number>()
  const startedAt = second()

  function second(): number {
    return Math.floor(nowMs() / 1000)
  }

  function forgetOld(now: number): void {
    for (const past of counts.keys()) if (past <= now - WINDOW_SECONDS) counts.delete(past)
  }

  return {
    count() {
      const now = second()
      forgetOld(now)
      counts.set(now, (counts.get(now) ?? 0) + 1)
    },
    perSecond() {
      const now = second()
      forgetOld(now)
      const sum = [...counts.values()].reduce((total, count) => total + count, 0)
      return sum / Math.min(Math.max(now - startedAt, 1), WINDOW_SECONDS)
    },
  }
}
