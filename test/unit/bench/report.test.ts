import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distribution, mean, median, type BenchReport } from '../../../bench/report.ts'

const oneToHundred = Array.from({ length: 100 }, (_, at) => 100 - at)

describe('a figure', () => {
  it('has the middle and the 95th percentile by nearest rank, whatever the order of the samples', () => {
    expect(distribution(oneToHundred, 'ms')).toEqual({ p50: 50, p95: 95, unit: 'ms', runs: 100 })
    expect(distribution([3, 1, 2], 'ms')).toEqual({ p50: 2, p95: 3, unit: 'ms', runs: 3 })
  })

  it('is its only sample when there is just one', () => {
    expect(distribution([7], 'ms')).toEqual({ p50: 7, p95: 7, unit: 'ms', runs: 1 })
    expect(median([7], 'MB/s')).toEqual({ value: 7, unit: 'MB/s', runs: 1 })
    expect(mean([7], 'bytes')).toEqual({ value: 7, unit: 'bytes', runs: 1 })
  })

  it('keeps two digits after the point', () => {
    expect(median([1.23456], 'MB/s')).toMatchObject({ value: 1.23 })
    expect(mean([1, 1, 2], 'bytes')).toMatchObject({ value: 1.33 })
  })

  it('leaves the samples in their order', () => {
    const samples = [3, 1, 2]
    median(samples, 'ms')
    expect(samples).toEqual([3, 1, 2])
  })

  it('is always one of the samples, and the 95th percentile not below the middle', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (samples) => {
        const figure = distribution(samples, 'ms')
        if (!('p50' in figure)) throw new Error('A distribution has percentiles')
        expect(samples).toContain(figure.p50)
        expect(samples).toContain(figure.p95)
        expect(figure.p95).toBeGreaterThanOrEqual(figure.p50)
      }),
    )
  })

  it.each([distribution, median, mean])('fails without samples, rather than becoming null (%o)', (figure) => {
    expect(() => figure([], 'ms')).toThrow('Nothing was measured')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('fails when a sample is %d', (sample) => {
    for (const figure of [distribution, median, mean]) {
      expect(() => figure([1, sample], 'ms')).toThrow(`A sample is ${sample}`)
    }
  })
})

it('a report is the same after JSON', () => {
  const report: BenchReport = {
    bench: 'sample',
    figures: { waitMs: distribution([1, 2], 'ms'), fetchMBps: median([1.5], 'MB/s') },
    rivals: { rawMBps: median([3], 'MB/s') },
  }
  expect(JSON.parse(JSON.stringify(report))).toEqual({
    bench: 'sample',
    figures: {
      waitMs: { p50: 1, p95: 2, unit: 'ms', runs: 2 },
      fetchMBps: { value: 1.5, unit: 'MB/s', runs: 1 },
    },
    rivals: { rawMBps: { value: 3, unit: 'MB/s', runs: 1 } },
  })
})
