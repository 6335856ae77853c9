import { expect, it } from 'vitest'
import { createWakeWatch, type Sleep } from '../../../src/peer/wake-watch.ts'

/** A watch whose ticks come when the test says so. */
function openWatch() {
  let nowMs = 1_000_000
  let tick: () => void = () => undefined
  const sleeps: Sleep[] = []
  const watch = createWakeWatch(
    {
      clock: {
        nowMs: () => nowMs,
        every(_ms, run) {
          tick = run
          return () => undefined
        },
      },
    },
    { onWake: (sleep) => sleeps.push(sleep) },
  )
  return {
    watch,
    sleeps,
    tickAfter(ms: number) {
      nowMs += ms
      tick()
    },
    pass: (ms: number) => (nowMs += ms),
  }
}

it('takes a jump of the time for a sleep, and ticks that come a little late for none', () => {
  const { sleeps, tickAfter } = openWatch()
  for (const ms of [5_000, 5_000, 29_000, 5_000]) tickAfter(ms)
  expect(sleeps).toEqual([])
  tickAfter(11_400_000)
  expect(sleeps).toEqual([{ endedAtMs: 12_444_000, durationMs: 11_400_000 }])
  tickAfter(5_000)
  expect(sleeps).toHaveLength(1)
})

it('looks at once when there is a sign of waking, and tells of a sleep once', () => {
  const { watch, sleeps, tickAfter, pass } = openWatch()
  pass(60_000)
  watch.check()
  expect(sleeps).toHaveLength(1)
  watch.check()
  tickAfter(5_000)
  expect(sleeps).toHaveLength(1)
})

it('takes a clock that was set back for no sleep', () => {
  const { sleeps, tickAfter } = openWatch()
  tickAfter(-3_600_000)
  tickAfter(5_000)
  expect(sleeps).toEqual([])
})
