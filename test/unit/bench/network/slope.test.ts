import { expect, it } from 'vitest'
import { slopeOf } from '../../../../bench/network/slope.ts'

const minutes = (values: readonly number[]) =>
  values.map((value, minute) => ({ atMs: 1_000_000 + minute * 60_000, value }))

it('knows the rise of a straight line exactly', () => {
  const { perHour, low, high } = slopeOf(minutes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
  expect(perHour).toBeCloseTo(60)
  expect(low).toBeCloseTo(60)
  expect(high).toBeCloseTo(60)
})

it('has an interval about noise that rises nowhere', () => {
  const { perHour, low, high } = slopeOf(minutes([1, -1, -1, 1, 1, 1, 1, -1, -1, 1]))
  expect(perHour).toBeCloseTo(0)
  expect(high).toBeCloseTo(-low)
  // Residual sum of squares 9.6, spread of the minutes 82.5: 2.306 · √(9.6 / 8 / 82.5) a minute.
  expect(high).toBeCloseTo(2.306 * Math.sqrt(9.6 / 8 / 82.5) * 60)
})

it('takes ten samples and no others', () => {
  expect(() => slopeOf(minutes([1, 2, 3]))).toThrow('10 samples')
})
