import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parameters } from '../../../../src/domain/economy/parameters.ts'
import { contextPrice } from '../../../../src/domain/economy/price.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { expectRefusal } from '../../../support/ledger.ts'

const perKb = parameters.tokens_per_kb_served.default

describe('the price of a context', () => {
  it.each([
    [0, 0n],
    [1, 1_954n],
    [512, 1_000_000n],
    [1_023, 1_998_047n],
    [1_024, 2_000_000n],
    [1_025, 2_001_954n],
    [5_120, 10_000_000n],
    [65_536, 128_000_000n],
  ])('of %i bytes is %i µT', (sizeBytes, price) => {
    expect(contextPrice(sizeBytes, perKb)).toBe(price)
  })

  it('is 2 tokens a KB of 1024 bytes, rounded up to the next µT and by less than one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_536 }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (sizeBytes, rate) => {
          const scaled = contextPrice(sizeBytes, toMicroTokens(rate)) * 1_024n
          const exact = BigInt(sizeBytes) * rate
          expect(scaled >= exact && scaled < exact + 1_024n).toBe(true)
        },
      ),
    )
  })

  it('is refused for what is no number of bytes', () => {
    for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expectRefusal(() => contextPrice(size, perKb), 'bad-input')
    }
  })
})
