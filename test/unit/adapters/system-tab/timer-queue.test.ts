import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { createTimerQueue } from '../../../../src/adapters/system-tab/timer-queue.ts'

/** A queue whose time and alarm the test moves. */
function openQueue() {
  let nowMs = 0
  const alarms: number[] = []
  const queue = createTimerQueue({ monotonicMs: () => nowMs, setAlarm: (ms) => alarms.push(nowMs + ms) })
  return {
    queue,
    alarms,
    ringAt(ms: number) {
      nowMs = ms
      queue.ring()
    },
  }
}

it('runs timers in the order of their times, and those of one time in the order in which they were set', () => {
  const times = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 })
  fc.assert(
    fc.property(times, (delays) => {
      const { queue, ringAt } = openQueue()
      const ran: (readonly [number, number])[] = []
      delays.forEach((ms, at) => queue.after(ms, () => ran.push([ms, at])))
      ringAt(20)
      expect(ran).toEqual(delays.map((ms, at) => [ms, at] as const).sort(([a, i], [b, j]) => a - b || i - j))
    }),
  )
})

it('asks for an alarm only when a timer becomes the first one', () => {
  const { queue, alarms, ringAt } = openQueue()
  queue.after(50, () => undefined)
  queue.after(80, () => undefined)
  queue.after(30, () => undefined)
  expect(alarms).toEqual([50, 30])
  ringAt(30)
  expect(alarms).toEqual([50, 30, 50])
})

it('runs nothing before its time, though the alarm comes early', () => {
  const { queue, alarms, ringAt } = openQueue()
  const run = vi.fn()
  queue.after(10, run)
  ringAt(9.5)
  expect(run).not.toHaveBeenCalled()
  expect(alarms).toEqual([10, 10.5])
  ringAt(10)
  expect(run).toHaveBeenCalledOnce()
})

it('asks for alarms in whole milliseconds, never before the time', () => {
  const { queue, alarms, ringAt } = openQueue()
  ringAt(0.25)
  queue.after(10, () => undefined)
  queue.after(9.5, () => undefined)
  expect(alarms).toEqual([10.25, 10.25])
})

it('runs no timer that was cancelled, also by one that is due with it', () => {
  const { queue, ringAt } = openQueue()
  const run = vi.fn()
  const cancels: (() => void)[] = []
  queue.after(5, () => cancels.forEach((cancel) => cancel()))
  cancels.push(queue.after(5, run), queue.after(7, run))
  ringAt(10)
  expect(run).not.toHaveBeenCalled()
})

it('leaves what a timer starts anew to the next alarm', () => {
  const { queue, ringAt } = openQueue()
  const again = vi.fn(() => void queue.after(0, again))
  queue.after(0, again)
  ringAt(1)
  expect(again).toHaveBeenCalledOnce()
  ringAt(1)
  expect(again).toHaveBeenCalledTimes(2)
})

it('asks for no alarm that is too far away for a browser', () => {
  const { queue, alarms } = openQueue()
  queue.after(Number.MAX_SAFE_INTEGER, () => undefined)
  expect(alarms).toEqual([2 ** 31 - 1])
})
