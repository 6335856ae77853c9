import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawProviders, type ProviderStanding } from '../../../../src/domain/economy/provider-choice.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { randomFraction } from '../../../../src/peer/random-fraction.ts'
import { createSeededRandom } from '../../../../sim/seeded-random.ts'

const DRAWS = 4_000
/** Four standard deviations of a share that was counted in so many draws. */
const TOLERANCE = 4 * Math.sqrt(0.25 / DRAWS)

function standing(given: Partial<ProviderStanding> = {}): ProviderStanding {
  return {
    reputation: 0.5,
    earned7d: toMicroTokens(0n),
    distinctPayers: 5,
    latencyMs: 50,
    misses: 0,
    ...given,
  }
}

/** How often each is drawn first. */
function sharesOf(standings: readonly ProviderStanding[], seed = 1): readonly number[] {
  const randomness = createSeededRandom(seed)
  const counts = standings.map(() => 0)
  const offered = standings.map((one, at) => [at, one] as const)
  for (let draw = 0; draw < DRAWS; draw++) {
    const [first = -1] = drawProviders(offered, () => randomFraction(randomness))
    counts[first] = (counts[first] ?? 0) + 1
  }
  return counts.map((count) => count / DRAWS)
}

const standings = fc.array(
  fc.record({
    reputation: fc.constantFrom(0.2, 0.49, 0.5, 0.9, 1),
    earned7d: fc.bigInt(0n, 1_000_000_000n).map(toMicroTokens),
    distinctPayers: fc.constantFrom(0, 4, 5, 20),
    misses: fc.constant(0),
    latencyMs: fc.constantFrom(Number.NaN, 0, 20, 900, 60_000),
  }),
  { minLength: 1, maxLength: 12 },
)

describe('the choice of a provider', () => {
  it('gives everybody with the reputation to earn once, and nobody else', () => {
    fc.assert(
      fc.property(standings, fc.nat(), (given, seed) => {
        const offered = given.map((one, at) => [at, one] as const)
        const randomness = createSeededRandom(seed)
        const drawn = drawProviders(offered, () => randomFraction(randomness))
        const admitted = offered.filter(([, { reputation }]) => reputation >= 0.5).map(([at]) => at)
        expect([...drawn].sort((a, b) => a - b)).toEqual(admitted)
      }),
    )
  })

  it('draws newcomers at most every tenth time, however many there are', () => {
    fc.assert(
      fc.property(standings, fc.nat(), (given, seed) => {
        const offering = [standing(), ...given]
        const shares = sharesOf(offering, seed)
        const ofNew = shares.filter((_, at) => (offering[at]?.distinctPayers ?? 0) < 5)
        expect(ofNew.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(0.1 + TOLERANCE)
      }),
      { numRuns: 20 },
    )
  })

  it('draws newcomers alone when nobody else offers', () => {
    const shares = sharesOf([standing({ distinctPayers: 0 }), standing({ distinctPayers: 4 })])
    for (const share of shares) expect(Math.abs(share - 0.5)).toBeLessThan(TOLERANCE)
  })

  it('draws those more often that earned less', () => {
    const shares = sharesOf(
      [0n, 10_000_000n, 80_000_000n].map((earned) => standing({ earned7d: toMicroTokens(earned) })),
    )
    expect(shares[0]).toBeGreaterThan((shares[1] ?? 0) + 0.1)
    expect(shares[1]).toBeGreaterThan((shares[2] ?? 0) + 0.1)
    expect(shares[2]).toBeGreaterThan(0.02)
  })

  it('prefers the nearest among those that earned the same, by no more than two to one', () => {
    const [near = 0, far = 0] = sharesOf([standing({ latencyMs: 10 }), standing({ latencyMs: Number.NaN })])
    expect(near).toBeGreaterThan(far + 0.1)
    expect(near).toBeLessThan(0.667 + TOLERANCE)
  })

  it('draws nobody when nobody may earn', () => {
    expect(drawProviders([['cheat', standing({ reputation: 0 })]], () => 0)).toEqual([])
  })

  it('draws those who lately did not deliver after all others, most often failed last', () => {
    const offered = [3, 0, 1, 0].map(
      (misses) => [misses, standing({ misses, earned7d: toMicroTokens(BigInt(9 - misses)) })] as const,
    )
    for (let seed = 0; seed < 50; seed++) {
      const randomness = createSeededRandom(seed + 1)
      expect(drawProviders(offered, () => randomFraction(randomness))).toEqual([0, 0, 1, 3])
    }
  })
})
