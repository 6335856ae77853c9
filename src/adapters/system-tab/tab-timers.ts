import { createTimerQueue, type TimerQueue } from './timer-queue.ts'

let timers: TimerQueue | undefined

/**
 * The timers of this page, one queue for all that need any. While the page is hidden a worker wakes them, because browsers
 * slow the timers of a hidden window down to one a second or a minute. The window's own alarm is set then as well: it does,
 * however slowly, should the worker not have been loaded.
 */
export function tabTimers(): TimerQueue {
  timers ??= openTimers()
  return timers
}

function openTimers(): TimerQueue {
  const worker = new Worker(new URL('./timer.worker.ts', import.meta.url), { type: 'module', name: 'timers' })
  let alarm: ReturnType<typeof setTimeout> | undefined
  const queue = createTimerQueue({
    monotonicMs: () => performance.now(),
    setAlarm(ms) {
      if (document.hidden) worker.postMessage(ms)
      clearTimeout(alarm)
      alarm = setTimeout(queue.ring, ms)
    },
  })
  worker.addEventListener('message', queue.ring)
  document.addEventListener('visibilitychange', queue.ring)
  return queue
}
