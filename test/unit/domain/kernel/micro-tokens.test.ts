import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatTokens,
  MAX_MICRO_TOKENS,
  parseTokens,
  sumTokens,
  toMicroTokens,
} from '../../../../src/domain/kernel/micro-tokens.ts'

const amount = fc.bigInt({ min: 0n, max: MAX_MICRO_TOKENS }).map(toMicroTokens)

describe('token amounts', () => {
  it('are written without loss', () => {
    fc.assert(
      fc.property(amount, (original) => {
        expect(parseTokens(formatTokens(original))).toBe(original)
      }),
    )
  })

  it.each([
    [0n, '0'],
    [1n, '0.000001'],
    [1_500_000n, '1.5'],
    [-2_000_000n, '-2'],
  ])('write %s µT as %s tokens', (microTokens, text) => {
    expect(formatTokens(microTokens)).toBe(text)
  })

  it.each(['', '-1', '1.0000001', '1e3', 'ten', '1,5'])('refuse "%s"', (text) => {
    expect(() => parseTokens(text)).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it('never leave the range from 0 to 2^63 − 1', () => {
    expect(() => toMicroTokens(-1n)).toThrow(expect.objectContaining({ code: 'bad-input' }))
    expect(() => sumTokens([MAX_MICRO_TOKENS, 1n])).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })
})
