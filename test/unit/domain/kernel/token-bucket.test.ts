import { describe, expect, it } from 'vitest'
import { createRateLimiter, createSharedRateLimiter } from '../../../../src/domain/kernel/token-bucket.ts'

describe('a rate limiter', () => {
  it('lets a burst pass, then as many a second as allowed, each key for itself', () => {
    let now = 0
    const limiter = createRateLimiter({ burst: 2, perSecond: 1 }, () => now)
    const take = (key: string) => limiter.take(key)
    expect([take('a'), take('a'), take('a'), take('b')]).toEqual([true, true, false, true])
    now = 1_000
    expect([take('a'), take('a')]).toEqual([true, false])
    now = 60_000
    expect([take('a'), take('a'), take('a')]).toEqual([true, true, false])
  })

  it('forgets those who did not ask for long, never those who asked too much', () => {
    let now = 0
    const limiter = createRateLimiter({ burst: 1, perSecond: 0.001 }, () => now, 2)
    expect([limiter.take('a'), limiter.take('b'), limiter.take('c'), limiter.take('a')]).toEqual([
      true,
      true,
      true,
      false,
    ])
    now = 2_000_000
    expect(limiter.take('a')).toBe(true)
  })
})

describe('a shared rate limiter', () => {
  const limit = { ofOne: { burst: 10, perSecond: 10 }, ofAll: { burst: 20, perSecond: 20 } }

  it('lets nobody ask more than is its own, nor all together much more than is common', () => {
    let now = 0
    const limiter = createSharedRateLimiter(limit, () => now)
    const crowd = Array.from({ length: 100 }, (_, index) => `sybil ${index}`)
    const taken = () =>
      crowd.filter((key) => Array.from({ length: 20 }, () => limiter.take(key)).some(Boolean))
    expect(Array.from({ length: 20 }, () => limiter.take('ann')).filter(Boolean)).toHaveLength(10)
    taken()
    now = 1_000
    const passed = crowd.flatMap((key) => Array.from({ length: 20 }, () => limiter.take(key))).filter(Boolean)
    // What is common, and the one request a second of each.
    expect(passed.length).toBeLessThanOrEqual(20 + 100)
  })

  it('serves whoever asks seldom, however many ask often', () => {
    let now = 0
    const limiter = createSharedRateLimiter(limit, () => now)
    for (; now < 60_000; now += 1_000) {
      for (let sybil = 0; sybil < 100; sybil++) {
        for (let n = 0; n < 10; n++) limiter.take(`sybil ${sybil}`)
      }
      expect(limiter.take('ann')).toBe(true)
    }
  })
})
