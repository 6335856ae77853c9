import { describe, expect, it } from 'vitest'
import { createRateLimiter } from '../../../../src/domain/kernel/token-bucket.ts'

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
