import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'

/** Where a clock gets its time from. */
export interface TimeSource {
  nowMs(): number
  monotonicMs(): number
  /** Calls `run` once after `ms`, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void
}

/** A clock over a source of time. */
export function createTimerClock({ nowMs, monotonicMs, after }: TimeSource): Clock {
  return {
    nowMs,
    monotonicMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          cancel()
          reject(new LoremeshError('aborted', 'The wait was stopped'))
        }
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        })
        if (signal?.aborted === true) stop()
        else signal?.addEventListener('abort', stop, { once: true })
      }),
    deadline(ms, signal) {
      const controller = new AbortController()
      after(ms, () => controller.abort(new DOMException('No answer within the time limit', 'TimeoutError')))
      return signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal])
    },
    abortable(signal) {
      const controller = new AbortController()
      const either = signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal])
      return { signal: either, abort: () => controller.abort() }
    },
    every(ms, run) {
      const tick = (): void => {
        cancel = after(ms, tick)
        run()
      }
      let cancel = after(ms, tick)
      return () => cancel()
    },
  }
}
