import { setTimeout as wait } from 'node:timers/promises'

/** Time as the parts of the server need it. */
export interface ServerClock {
  /** Milliseconds since 1970-01-01 UTC. */
  nowMs(): number
  /** Resolves after `ms`, or rejects when the signal fires. Does not keep the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` every `ms` until the function that it gives is called. Does not keep the process alive. */
  every(ms: number, run: () => void): () => void
}

/** The clock of this process, with the time of `nowMs`. */
export function createServerClock(nowMs: () => number): ServerClock {
  return {
    nowMs,
    sleep: (ms, signal) => wait(ms, undefined, { ref: false, ...(signal && { signal }) }),
    every(ms, run) {
      const timer = setInterval(run, ms).unref()
      return () => clearInterval(timer)
    },
  }
}
