import { describe, expect, it } from 'vitest'
import {
  DEFAULT_PRICES,
  MAX_PRICES,
  PRICE_PRESETS,
  parsePrices,
} from '../../../../src/domain/economy/prices.ts'

describe('parsePrices', () => {
  it('keeps valid prices and puts the default in the place of each other', () => {
    const given = { ...DEFAULT_PRICES, inputUsdPerMillion: 0.25, outputTokens: 12.6, usdPerToken: -1 }
    expect(parsePrices(given)).toEqual({ ...DEFAULT_PRICES, inputUsdPerMillion: 0.25, outputTokens: 13 })
    for (const wrong of [undefined, null, 'x', [], { inputUsdPerMillion: '3', outputUsdPerMillion: NaN }]) {
      expect(parsePrices(wrong)).toEqual(DEFAULT_PRICES)
    }
    expect(parsePrices({ outputUsdPerMillion: Infinity, usdPerToken: MAX_PRICES.usdPerToken + 1 })).toEqual(
      DEFAULT_PRICES,
    )
  })

  it('takes every preset, and cached input is never dearer there than input', () => {
    for (const preset of PRICE_PRESETS) {
      expect(parsePrices(preset)).toMatchObject({ outputUsdPerMillion: preset.outputUsdPerMillion })
      expect(preset.cachedInputUsdPerMillion).toBeLessThanOrEqual(preset.inputUsdPerMillion)
    }
  })
})
