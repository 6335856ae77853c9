import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_PRICES, estimateTokens, queryCost } from '../../../../src/domain/economy/cost.ts'
import { ZERO_TOKENS, parseTokens, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'

describe('queryCost', () => {
  it("gives the corrected figures of the requirement's example: 90 % of input, 56.9 % in total", () => {
    // 500 KB of documents, 50 KB of contexts and of output, $5 and $15 a million, 2 tokens a KB at $0.001 each.
    const cost = queryCost(
      { documents: [500_000], contextBytes: 50_000, paid: parseTokens('100') },
      {
        prices: { inputUsdPerMillion: 5, outputUsdPerMillion: 15, usdPerToken: 0.001 },
        promptTokens: 0,
        outputTokens: 12_500,
      },
    )
    expect(cost.fullInputTokens).toBe(125_000)
    expect(cost.contextInputTokens).toBe(12_500)
    expect(cost.fullUsd).toBeCloseTo(0.8125, 10)
    expect(cost.withLoremeshUsd).toBeCloseTo(0.35, 10)
    expect(cost.inputSaving).toBeCloseTo(0.9, 10)
    expect(cost.totalSaving).toBeCloseTo(0.569, 3)
  })

  it('counts prompt, output and paid tokens at the default prices', () => {
    const cost = queryCost({ documents: [4000, 4000], contextBytes: 400, paid: parseTokens('0.8') })
    expect(cost.fullUsd).toBeCloseTo((2000 * 3 + 500 * 15) / 1e6, 12)
    expect(cost.withLoremeshUsd).toBeCloseTo((200 * 3 + 500 * 15) / 1e6 + 0.8 * 0.0001, 12)
    expect(cost.tokenCount).toBe('estimate: bytes / 4')
  })

  it('says so when asking costs more than sending everything', () => {
    const { totalSaving } = queryCost({ documents: [1024], contextBytes: 1024, paid: parseTokens('200') })
    expect(totalSaving).toBeLessThan(0)
  })

  it('saves nothing where there is nothing', () => {
    const cost = queryCost({ documents: [], contextBytes: 0, paid: ZERO_TOKENS })
    expect(cost).toMatchObject({ fullInputTokens: 0, inputSaving: 0 })
    expect(
      queryCost({ documents: [], contextBytes: 0, paid: ZERO_TOKENS }, { outputTokens: 0 }).totalSaving,
    ).toBe(0)
  })

  it('never saves more in total when more is paid', () => {
    const sizes = fc.record({
      whole: fc.integer({ min: 1, max: 1e7 }),
      part: fc.integer({ min: 0, max: 1e6 }),
    })
    const amount = fc.bigInt({ min: 0n, max: 10n ** 12n })
    fc.assert(
      fc.property(sizes, amount, amount, ({ whole, part }, a, b) => {
        const saving = (paid: bigint): number =>
          queryCost(
            { documents: [whole], contextBytes: part, paid: toMicroTokens(paid) },
            { prices: DEFAULT_PRICES },
          ).totalSaving
        expect(saving(a < b ? b : a)).toBeLessThanOrEqual(saving(a < b ? a : b))
      }),
    )
  })
})

describe('estimateTokens', () => {
  it('rounds a started token up', () => {
    expect([0, 1, 4, 5].map(estimateTokens)).toEqual([0, 1, 1, 2])
  })
})
