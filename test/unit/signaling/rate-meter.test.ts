import { expect, it } from 'vitest'
import { createRateMeter } from '../../../signaling/rate-meter.ts'

function open() {
  const clock = { nowMs: 1_000_000 }
  const meter = createRateMeter(() => clock.nowMs)
  const count = (times: number) => {
    for (let n = 0; n < times; n++) meter.count()
  }
  return { clock, meter, count }
}

it('tells the average over the last minute, and forgets what is older', () => {
  const { clock, meter, count } = open()
  clock.nowMs += 600_000
  count(30)
  clock.nowMs += 30_000
  count(90)
  expect(meter.perSecond()).toBe(2)
  clock.nowMs += 30_000
  expect(meter.perSecond()).toBe(1.5)
  clock.nowMs += 30_000
  expect(meter.perSecond()).toBe(0)
})

it('tells the average over the time since the start while that is shorter', () => {
  const { clock, meter, count } = open()
  expect(meter.perSecond()).toBe(0)
  count(5)
  expect(meter.perSecond()).toBe(5)
  clock.nowMs += 10_000
  expect(meter.perSecond()).toBe(0.5)
})
