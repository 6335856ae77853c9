import { describe, expect, it } from 'vitest'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import type { DailyUpload, PowerSource, ServingCaps } from '../../../src/domain/network/serving-caps.ts'
import { createServing, type ServingOptions } from '../../../src/peer/serving.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const NOON_MS = Date.UTC(2026, 10, 23, 12)
const HOUR_MS = 3_600_000
const uncapped: ServingCaps = { uploadBytesPerSecond: Infinity, dailyBytes: Infinity, servesOnBattery: true }

/** Serving at noon, started, with an upload log that shows what was noted. */
async function openServing(options: ServingOptions = {}, kept?: DailyUpload) {
  const clock = createManualClock(NOON_MS)
  const saved: DailyUpload[] = []
  const uploadLog = {
    load: () => Promise.resolve(kept),
    save: (upload: DailyUpload) => Promise.resolve(void saved.push(upload)),
  }
  const serving = createServing({ clock }, { uploadLog, ...options })
  await serving.start()
  return { clock, serving, saved }
}

describe('the day’s volume', () => {
  const servingCaps = { ...uncapped, dailyBytes: 1_000 }

  it('pauses serving once it is used up, until midnight UTC', async () => {
    const { clock, serving } = await openServing({ servingCaps })
    serving.count(999)
    expect(() => serving.assertServing()).not.toThrow()
    serving.count(1)
    expect(() => serving.assertServing()).toThrow(expect.objectContaining({ code: 'not-serving' }))
    expect(serving.state.get()).toMatchObject({ pause: 'daily-volume', uploadedTodayBytes: 1_000 })
    await clock.advance(12 * HOUR_MS)
    expect(serving.state.get()).toMatchObject({ pause: undefined, uploadedTodayBytes: 0 })
    expect(() => serving.assertServing()).not.toThrow()
  })

  it('counts what was uploaded before a restart on the same day, and only then', async () => {
    const day = Math.floor(NOON_MS / 86_400_000)
    const sameDay = await openServing({ servingCaps }, { day, bytes: 1_000 })
    expect(sameDay.serving.isPaused()).toBe(true)
    const nextDay = await openServing({ servingCaps }, { day: day - 1, bytes: 1_000 })
    expect(nextDay.serving.isPaused()).toBe(false)
  })

  it('is noted within seconds, when it stops, and not again and again while nothing is sent', async () => {
    const { clock, serving, saved } = await openServing()
    serving.count(10)
    await clock.advance(60_000)
    await serving.pace(20)
    await serving.stop()
    expect(saved.map(({ bytes }) => bytes)).toEqual([10, 30])
  })
})

describe('a change of power', () => {
  it('pauses serving on battery and ends the pause, where the user wants that', async () => {
    const power = createWritable<PowerSource>('mains')
    const { serving } = await openServing({ servingCaps: { ...uncapped, servesOnBattery: false }, power })
    const pauses: (string | undefined)[] = []
    serving.state.subscribe(({ pause }) => pauses.push(pause))
    power.set('battery')
    expect(() => serving.assertRoom()).toThrow(expect.objectContaining({ code: 'not-serving' }))
    power.set('mains')
    expect(pauses).toEqual([undefined, 'battery', undefined])
    power.set('battery')
    serving.setCaps(uncapped)
    expect(serving.isPaused()).toBe(false)
  })
})

describe('the upload rate', () => {
  const servingCaps = { ...uncapped, uploadBytesPerSecond: 8_000 }

  it('is kept by deliveries that take turns', async () => {
    const { clock, serving } = await openServing({ servingCaps })
    const sentAtMs: number[] = []
    async function deliver(): Promise<void> {
      for (let count = 0; count < 10; count++) {
        await serving.pace(2_000)
        sentAtMs.push(clock.monotonicMs())
      }
    }
    const both = Promise.all([deliver(), deliver()])
    await clock.advance(10_000)
    await both
    // 40 kB, of which 8 kB and what is on its way may go at once.
    expect(sentAtMs.at(-1)).toBeGreaterThanOrEqual(3_500)
    expect(sentAtMs.at(-1)).toBeLessThanOrEqual(5_000)
  })

  it('refuses a delivery for which there is no room, and has room again when one has ended', async () => {
    const { serving } = await openServing({ servingCaps })
    const ends = [serving.beginDelivery(), serving.beginDelivery(), serving.beginDelivery()]
    expect(() => serving.assertRoom()).toThrow(expect.objectContaining({ code: 'rate-limited' }))
    ends.forEach((end) => end())
    expect(() => serving.assertRoom()).not.toThrow()
  })
})
