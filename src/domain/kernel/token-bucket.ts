/** How many requests a peer may make: `burst` at once, `perSecond` in the long run. */
export interface RateLimit {
  readonly burst: number
  readonly perSecond: number
}

/** One token bucket a key. */
export interface RateLimiter {
  /** Takes one token of the key's bucket; false when it is empty. */
  take(key: string): boolean
}

interface Bucket {
  tokens: number
  filledAtMs: number
}

/** Buckets that start full. Full ones are forgotten when there are more than `maxKeys`, for a new one is the same. */
export function createRateLimiter(
  { burst, perSecond }: RateLimit,
  nowMs: () => number,
  maxKeys = 4096,
): RateLimiter {
  const buckets = new Map<string, Bucket>()

  function refill(bucket: Bucket, now: number): void {
    const gained = (Math.max(0, now - bucket.filledAtMs) * perSecond) / 1000
    bucket.tokens = Math.min(burst, bucket.tokens + gained)
    bucket.filledAtMs = now
  }

  function forgetFull(now: number): void {
    for (const [key, bucket] of buckets) {
      refill(bucket, now)
      if (bucket.tokens === burst) buckets.delete(key)
    }
  }

  return {
    take(key) {
      const now = nowMs()
      if (buckets.size >= maxKeys) forgetFull(now)
      const bucket = buckets.get(key) ?? { tokens: burst, filledAtMs: now }
      buckets.set(key, bucket)
      refill(bucket, now)
      if (bucket.tokens < 1) return false
      bucket.tokens -= 1
      return true
    },
  }
}

/** What one peer may ask, and what all peers may ask together. */
export interface SharedRateLimit {
  readonly ofOne: RateLimit
  readonly ofAll: RateLimit
}

/** What everybody gets, however much others ask. */
const ASSURED: RateLimit = { burst: 4, perSecond: 1 }

/**
 * Buckets of each key within one of all keys. Keys cost nothing, so many of them may empty the common bucket; whoever asks
 * seldom is served all the same.
 */
export function createSharedRateLimiter({ ofOne, ofAll }: SharedRateLimit, nowMs: () => number): RateLimiter {
  const own = createRateLimiter(ofOne, nowMs)
  const assured = createRateLimiter(ASSURED, nowMs)
  const common = createRateLimiter(ofAll, nowMs)
  return {
    take: (key) => own.take(key) && (common.take('all') || assured.take(key)),
  }
}
