import { setImmediate } from 'node:timers/promises'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import type { CheckpointClock } from '../../../../signaling/checkpoints/agreement-driver.ts'

/** Time that passes only when it is told to, and only once everything that is under way has come to rest. */
export interface SimulatedClock extends CheckpointClock {
  /** Plans an event; the function that it gives takes it back. */
  after(ms: number, event: () => void): () => void
  /** Counts work that time waits for. */
  track<T>(work: Promise<T>): Promise<T>
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>
}

/** Turns of the event loop without work under way after which everything has come to rest. */
const QUIET_TURNS = 3

/** A clock that stands at `startMs`. */
export function createSimulatedClock(startMs: number): SimulatedClock {
  let nowMs = startMs
  let working = 0
  let planned: { readonly atMs: number; readonly event: () => void }[] = []

  async function rest(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = working === 0 ? quiet + 1 : 0) await setImmediate()
  }

  function after(ms: number, event: () => void): () => void {
    const plan = { atMs: nowMs + ms, event }
    const place = planned.findIndex(({ atMs }) => atMs > plan.atMs)
    planned.splice(place < 0 ? planned.length : place, 0, plan)
    return () => {
      planned = planned.filter((other) => other !== plan)
    }
  }

  return {
    nowMs: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = (): void => reject(new LoremeshError('aborted', 'The wait was stopped'))
        if (signal?.aborted === true) {
          stop()
          return
        }
        const forget = after(ms, resolve)
        signal?.addEventListener('abort', () => {
          forget()
          stop()
        })
      }),
    every(ms, run) {
      let forget = after(ms, tick)
      function tick(): void {
        forget = after(ms, tick)
        run()
      }
      return () => forget()
    },
    async track(work) {
      working += 1
      try {
        return await work
      } finally {
        working -= 1
      }
    },
    async pass(ms) {
      const endMs = nowMs + ms
      await rest()
      for (let next = planned[0]; next !== undefined && next.atMs <= endMs; next = planned[0]) {
        planned = planned.slice(1)
        nowMs = next.atMs
        next.event()
        await rest()
      }
      nowMs = endMs
    },
  }
}
