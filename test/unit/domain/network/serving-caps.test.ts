import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addUpload,
  deliveriesAtOnce,
  parseDailyUpload,
  planUpload,
  servingPause,
  type ServingCaps,
} from '../../../../src/domain/network/serving-caps.ts'

const DAY_MS = 86_400_000
const uncapped: ServingCaps = { uploadBytesPerSecond: Infinity, dailyBytes: Infinity, servesOnBattery: true }

describe('the day’s upload', () => {
  it('adds up and begins anew at midnight UTC', () => {
    const noon = Date.UTC(2026, 10, 23, 12)
    const first = addUpload(undefined, 100, noon)
    const second = addUpload(first, 50, noon + DAY_MS / 2 - 1)
    expect([first.bytes, second.bytes]).toEqual([100, 150])
    expect(addUpload(second, 7, noon + DAY_MS / 2).bytes).toBe(7)
  })

  it('never counts more than was uploaded since midnight', () => {
    const uploads = fc.array(fc.tuple(fc.integer({ min: 0, max: DAY_MS }), fc.nat(10_000)))
    fc.assert(
      fc.property(uploads, (steps) => {
        let nowMs = 0
        let upload = addUpload(undefined, 0, nowMs)
        const sent: (readonly [number, number])[] = []
        for (const [passedMs, bytes] of steps) {
          nowMs += passedMs
          upload = addUpload(upload, bytes, nowMs)
          sent.push([nowMs, bytes])
        }
        const midnight = Math.floor(nowMs / DAY_MS) * DAY_MS
        const today = sent.filter(([atMs]) => atMs >= midnight)
        expect(upload.bytes).toBe(today.reduce((sum, [, bytes]) => sum + bytes, 0))
      }),
    )
  })
})

describe('a stored count', () => {
  it('is read as it was written, whatever else may be stored', () => {
    const upload = addUpload(undefined, 100, 5 * DAY_MS)
    expect(parseDailyUpload(JSON.stringify(upload))).toEqual(upload)
    for (const text of ['', 'null', '7', '[]', '{"day":1}', '{"day":1,"bytes":-1}', '{"day":1,"bytes":1.5}'])
      expect(parseDailyUpload(text)).toBeUndefined()
    fc.assert(fc.property(fc.json(), (text) => void parseDailyUpload(text)))
  })
})

describe('a pause', () => {
  it('comes when the day’s volume is used up', () => {
    const caps = { ...uncapped, dailyBytes: 1_000 }
    expect(servingPause(caps, { power: 'mains', uploadedBytes: 999 })).toBeUndefined()
    expect(servingPause(caps, { power: 'mains', uploadedBytes: 1_000 })).toBe('daily-volume')
    expect(servingPause(uncapped, { power: 'battery', uploadedBytes: 1e15 })).toBeUndefined()
  })

  it('comes on battery when the user wants it, and not where the device does not say', () => {
    const caps = { ...uncapped, servesOnBattery: false }
    expect(servingPause(caps, { power: 'battery', uploadedBytes: 0 })).toBe('battery')
    expect(servingPause(caps, { power: 'mains', uploadedBytes: 0 })).toBeUndefined()
    expect(servingPause(caps, { power: 'unknown', uploadedBytes: 0 })).toBeUndefined()
  })
})

describe('the upload rate', () => {
  it('lets an idle line send at once and makes the next one wait for its time', () => {
    const caps = { uploadBytesPerSecond: 1_000 }
    const first = planUpload(0, 2_000, caps, 10_000)
    expect(first).toEqual({ waitMs: 0, freeAtMs: 11_000 })
    expect(planUpload(first.freeAtMs, 500, caps, 10_200)).toEqual({ waitMs: 800, freeAtMs: 11_500 })
  })

  it('never waits without a cap', () => {
    expect(planUpload(0, 1e9, uncapped, 10_000).waitMs).toBe(0)
    expect(planUpload(planUpload(0, 1e9, uncapped, 10_000).freeAtMs, 1, uncapped, 10_000).waitMs).toBe(0)
  })

  it('is kept whoever asks when: all that was sent, but the last, fits the cap and a second more', () => {
    const asks = fc.array(fc.tuple(fc.nat(3_000), fc.integer({ min: 1, max: 65_536 })), { minLength: 1 })
    fc.assert(
      fc.property(asks, fc.integer({ min: 8_000, max: 1_000_000 }), (steps, uploadBytesPerSecond) => {
        let nowMs = 0
        let freeAtMs = 0
        let sentBefore = 0
        for (const [passedMs, bytes] of steps) {
          nowMs += passedMs
          const plan = planUpload(freeAtMs, bytes, { uploadBytesPerSecond }, nowMs)
          freeAtMs = plan.freeAtMs
          const atMs = nowMs + plan.waitMs
          expect(sentBefore).toBeLessThanOrEqual(((atMs + 1_000) / 1_000) * uploadBytesPerSecond + 0.01)
          sentBefore += bytes
        }
      }),
    )
  })

  it('is shared by no more deliveries than can each go on within a second', () => {
    expect(deliveriesAtOnce({ uploadBytesPerSecond: 100 })).toBe(1)
    expect(deliveriesAtOnce({ uploadBytesPerSecond: 24_000 })).toBe(10)
    expect(deliveriesAtOnce(uncapped)).toBe(Infinity)
  })
})
