import { describe, expect, it } from 'vitest'
import {
  countDecimals,
  decimalRoom,
  formatAge,
  formatAgo,
  formatBytes,
  formatChange,
  formatMinute,
  formatMs,
  formatPercent,
  formatPlural,
  formatTokensShort,
  formatUsd,
  formatZonedTime,
  shortHash,
} from '../../../src/ui/format.ts'

describe('formatting', () => {
  it('writes sizes in units of 1024 bytes', () => {
    expect(formatBytes(1)).toBe('1 byte')
    expect(formatBytes(1023)).toBe('1,023 bytes')
    expect(formatBytes(6246)).toBe('6.1 KB')
    expect(formatBytes(5_660_710)).toBe('5.4 MB')
  })

  it('writes short times in milliseconds and long ones in seconds', () => {
    expect(formatMs(1.44)).toBe('1.4 ms')
    expect(formatMs(420.4)).toBe('420 ms')
    expect(formatMs(1234)).toBe('1.2 s')
    expect(formatMs(NaN)).toBe('–')
  })

  it('never rounds a saving up to everything', () => {
    expect(formatPercent(0.974)).toBe('97 %')
    expect(formatPercent(0.9996)).toBe('99.9 %')
    expect(formatPercent(1)).toBe('100 %')
    expect(formatPercent(-0.12)).toBe('-12 %')
  })

  it('keeps small amounts of money visible', () => {
    expect(formatUsd(0.63)).toBe('$0.63')
    expect(formatUsd(0.00123)).toBe('$0.0012')
    expect(formatUsd(0.0137)).toBe('$0.014')
    expect(formatUsd(0.02)).toBe('$0.02')
    expect(formatUsd(0)).toBe('$0.00')
  })

  it('rounds tokens where the exact amount stands elsewhere', () => {
    expect(formatTokensShort(12_204_000n)).toBe('12.2')
    expect(formatTokensShort(1n)).toBe('<0.01')
    expect(formatTokensShort(0n)).toBe('0')
  })

  it('signs changes', () => {
    expect(formatChange(12_500_000n)).toBe('+12.5')
    expect(formatChange(-1_171_875n)).toBe('−1.171875')
    expect(formatChange(0n)).toBe('0')
  })

  it('says how long ago something was in the largest fitting unit', () => {
    const now = Date.UTC(2026, 5, 15, 12)
    expect(formatAgo(now - 20_000, now)).toBe('just now')
    expect(formatAgo(now - 5 * 60_000, now)).toBe('5 minutes ago')
    expect(formatAgo(now - 3 * 3_600_000, now)).toBe('3 hours ago')
    expect(formatAgo(now - 26 * 3_600_000, now)).toBe('yesterday')
    expect(formatAgo(now - 800 * 86_400_000, now)).toBe('2 years ago')
  })

  it('says how long a link lasts', () => {
    expect(formatAge(-5)).toBe('<1 min')
    expect(formatAge(47 * 60_000)).toBe('47 min')
    expect(formatAge(50 * 3_600_000)).toBe('2 d')
  })

  it('names the year of a date only where it is another one', () => {
    const now = new Date(2026, 5, 1).getTime()
    expect(formatMinute(new Date(2026, 4, 3, 14, 5).getTime(), now)).not.toContain('2026')
    expect(formatMinute(new Date(2025, 4, 3, 14, 5).getTime(), now)).toContain('2025')
  })

  it('names the second and the time zone of an exact time', () => {
    expect(formatZonedTime(new Date(2026, 4, 3, 14, 5, 9).getTime())).toMatch(
      /05[:.]09.* (?:UTC|GMT|[A-Z]{2,5})/,
    )
  })

  it('leaves room for missing decimals, and for a missing point', () => {
    expect(['−24', '1.5', '0.000001', '–'].map(countDecimals)).toEqual([0, 1, 6, 0])
    expect(['1.171875', '12.5', '−24'].map((text) => decimalRoom(text, 6))).toEqual(['0ch', '5ch', '6.5ch'])
    expect(decimalRoom('1000', 0)).toBe('0ch')
  })

  it('agrees nouns with numbers', () => {
    expect(formatPlural(1, 'context')).toBe('1 context')
    expect(formatPlural(1200, 'context')).toBe('1,200 contexts')
  })

  it('shortens hashes to their ends', () => {
    expect(shortHash(`sha256:${'ab'.repeat(32)}`)).toBe('abababab…abab')
    expect(shortHash('short')).toBe('short')
  })
})
