import { createTimerClock } from '../../src/adapters/system-tab/timer-clock.ts'
import type { Clock } from '../../src/ports/clock.ts'

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /**
   * Moves the time on by `ms`, firing what is due on the way in order, and lets everything that waited for it run before
   * going on.
   */
  advance(ms: number): Promise<void>
}

const settlePromises = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** A clock that starts at `startMs`, milliseconds since 1970-01-01 UTC. */
export function createManualClock(startMs = 1_767_225_600_000): ManualClock {
  let nowMs = startMs
  /** In the order in which they fire. */
  let timers: { readonly atMs: number; readonly run: () => void }[] = []

  const clock = createTimerClock({
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run }
      timers = [...timers, timer].sort((a, b) => a.atMs - b.atMs)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
  })

  return {
    ...clock,
    async advance(ms) {
      const endMs = nowMs + ms
      await settlePromises()
      for (let due = timers[0]; due !== undefined && due.atMs <= endMs; due = timers[0]) {
        timers = timers.slice(1)
        nowMs = due.atMs
        due.run()
        await settlePromises()
      }
      nowMs = endMs
    },
  }
}
