import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  estimateTokens,
  estimateUsage,
  queryCost,
  type QueryUsage,
} from '../../../../src/domain/economy/cost.ts'
import { DEFAULT_PRICES, type Prices } from '../../../../src/domain/economy/prices.ts'
import { ZERO_TOKENS, parseTokens, toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'

const usageOf = (about: Partial<QueryUsage>): QueryUsage => ({
  promptTokens: 0,
  contextTokens: 0,
  documentTokens: 0,
  documents: 1,
  estimatedDocuments: 0,
  encoding: 'o200k_base',
  paid: ZERO_TOKENS,
  ...about,
})

const count = fc.nat(10_000_000)
const usages = fc
  .record({
    promptTokens: count,
    contextTokens: count,
    documentTokens: count,
    paid: fc.bigInt(0n, 10n ** 12n),
  })
  .map((sizes) => usageOf({ ...sizes, paid: toMicroTokens(sizes.paid) }))
/** In dollars; a price so small that sums of it round to nothing is none that somebody asks. */
const price = fc.nat(1_000_000_000).map((millionths) => millionths / 1e6)
const prices: fc.Arbitrary<Prices> = fc.record({
  inputUsdPerMillion: price,
  cachedInputUsdPerMillion: price,
  outputUsdPerMillion: price,
  outputTokens: count,
  usdPerToken: price,
})

describe('queryCost', () => {
  it("gives the corrected figures of the requirement's example: 90 % of input, 56.9 % in total", () => {
    // 500 KB of documents, 50 KB of contexts and of output, $5 and $15 a million, 2 tokens a KB at $0.001 each.
    const cost = queryCost(
      usageOf({ documentTokens: 125_000, contextTokens: 12_500, paid: parseTokens('100') }),
      {
        inputUsdPerMillion: 5,
        cachedInputUsdPerMillion: 0.5,
        outputUsdPerMillion: 15,
        outputTokens: 12_500,
        usdPerToken: 0.001,
      },
    )
    expect(cost.fullUsd).toBeCloseTo(0.8125, 10)
    expect(cost.withLoremeshUsd).toBeCloseTo(0.35, 10)
    expect(cost.inputSaving).toBeCloseTo(0.9, 10)
    expect(cost.totalSaving).toBeCloseTo(0.569, 3)
    expect(cost.cachedUsd).toBeCloseTo(0.25, 10)
    expect(cost.cachedSaving).toBeCloseTo(-0.4, 10)
  })

  it('counts prompt, output and paid tokens at the default prices', () => {
    const usage = usageOf({
      promptTokens: 250,
      contextTokens: 100,
      documentTokens: 2000,
      paid: parseTokens('0.8'),
    })
    const cost = queryCost(usage)
    expect(cost.fullUsd).toBeCloseTo((2000 * 3 + 500 * 15) / 1e6, 12)
    expect(cost.withLoremeshUsd).toBeCloseTo((350 * 3 + 500 * 15) / 1e6 + 0.8 * 0.0001, 12)
    expect(cost.cachedUsd).toBeCloseTo((2000 * 0.3 + 500 * 15) / 1e6, 12)
  })

  it('says so when asking costs more than sending everything', () => {
    const cost = queryCost(usageOf({ promptTokens: 200, contextTokens: 256, documentTokens: 256 }))
    expect(cost.inputSaving).toBe(0)
    expect(cost.totalSaving).toBeLessThan(0)
  })

  it('saves nothing of nothing', () => {
    const free: Prices = {
      ...DEFAULT_PRICES,
      inputUsdPerMillion: 0,
      cachedInputUsdPerMillion: 0,
      outputTokens: 0,
    }
    expect(queryCost(usageOf({ paid: parseTokens('1') }), free)).toMatchObject({
      inputSaving: null,
      totalSaving: null,
      cachedSaving: null,
      withLoremeshUsd: 0.0001,
    })
  })

  it('never saves more in total when more is paid', () => {
    fc.assert(
      fc.property(usages, prices, fc.bigInt(0n, 10n ** 12n), (usage, at, more) => {
        const dearer = { ...usage, paid: toMicroTokens(usage.paid + more) }
        expect(queryCost(dearer, at).withLoremeshUsd).toBeGreaterThanOrEqual(
          queryCost(usage, at).withLoremeshUsd,
        )
        expect(queryCost(dearer, at).totalSaving ?? 0).toBeLessThanOrEqual(
          queryCost(usage, at).totalSaving ?? 0,
        )
      }),
    )
  })

  it('is a saving exactly when it costs less, against whole documents and against cached ones', () => {
    fc.assert(
      fc.property(usages, prices, (usage, at) => {
        const { fullUsd, cachedUsd, withLoremeshUsd, totalSaving, cachedSaving, inputSaving } = queryCost(
          usage,
          at,
        )
        if (totalSaving !== null && totalSaving > 0) expect(withLoremeshUsd).toBeLessThan(fullUsd)
        if (totalSaving !== null && totalSaving < 0) expect(withLoremeshUsd).toBeGreaterThan(fullUsd)
        if (cachedSaving !== null && cachedSaving > 0) expect(withLoremeshUsd).toBeLessThan(cachedUsd)
        if (inputSaving !== null) expect(inputSaving > 0).toBe(usage.contextTokens < usage.documentTokens)
      }),
    )
  })

  it('never promises more in total than the input saves, while the model is paid alike', () => {
    fc.assert(
      fc.property(usages, prices, (usage, at) => {
        const { inputSaving, totalSaving } = queryCost(usage, at)
        if (inputSaving === null || totalSaving === null || inputSaving < 0) return
        expect(totalSaving).toBeLessThanOrEqual(inputSaving + 1e-9)
      }),
    )
  })
})

describe('estimateUsage', () => {
  it('takes a model token for four bytes, and says that it estimates', () => {
    const usage = estimateUsage({
      question: 40,
      contexts: [400, 401],
      documents: [4000],
      paid: parseTokens('2'),
    })
    expect(usage).toMatchObject({
      contextTokens: 201,
      documentTokens: 1000,
      encoding: null,
      estimatedDocuments: 1,
    })
    expect(usage.promptTokens).toBe(180 + 2 * 60 + 10)
  })

  it('rounds a started token up', () => {
    expect([0, 1, 4, 5].map(estimateTokens)).toEqual([0, 1, 1, 2])
  })
})
