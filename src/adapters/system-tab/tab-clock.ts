import type { Clock } from '../../ports/clock.ts'
import { createTimerClock } from './timer-clock.ts'
import type { TimerRequest } from './timer-protocol.ts'

/**
 * The clock of a tab. Its timers run in a worker, because browsers slow those of a hidden window down to one a minute,
 * too slow for heartbeats and time limits.
 */
export function createTabClock(): Clock {
  const worker = new Worker(new URL('./timer.worker.ts', import.meta.url), { type: 'module', name: 'timers' })
  const waiting = new Map<number, () => void>()
  let lastId = 0

  const send = (request: TimerRequest): void => worker.postMessage(request)

  worker.addEventListener('message', ({ data: id }: MessageEvent<number>) => {
    const run = waiting.get(id)
    waiting.delete(id)
    run?.()
  })

  return createTimerClock({
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(ms, run) {
      const id = ++lastId
      waiting.set(id, run)
      send({ id, afterMs: ms })
      return () => {
        if (waiting.delete(id)) send({ id, afterMs: null })
      }
    },
  })
}
