import { setTimeout as wait } from 'node:timers/promises'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'

/** The clock of a Node process. Deadlines don't keep the process alive; sleeping and repeating do. */
export function createNodeClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    async sleep(ms, signal) {
      try {
        await wait(ms, undefined, signal && { signal })
      } catch (cause) {
        throw new LoremeshError('aborted', 'The wait was stopped', '', { cause })
      }
    },
    deadline(ms, signal) {
      const timeout = AbortSignal.timeout(ms)
      return signal === undefined ? timeout : AbortSignal.any([timeout, signal])
    },
    abortable(signal) {
      const controller = new AbortController()
      const either = signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal])
      return { signal: either, abort: () => controller.abort() }
    },
    every(ms, run) {
      const timer = setInterval(run, ms)
      return () => clearInterval(timer)
    },
  }
}
