import { LoremeshError } from './errors.ts'

declare const microTokens: unique symbol
/** An amount of tokens in millionths (µT): 1 token = 1,000,000 µT. Always exact, never a float. */
export type MicroTokens = bigint & { readonly [microTokens]: true }

export const MICRO_TOKENS_PER_TOKEN = 1_000_000n
/** Largest amount that an entry may carry: 2^63 − 1 µT. */
export const MAX_MICRO_TOKENS = 9_223_372_036_854_775_807n as MicroTokens
export const ZERO_TOKENS = 0n as MicroTokens

/** The amount of an integer number of µT; throws `bad-input` when negative or above the cap. */
export function toMicroTokens(value: bigint | number): MicroTokens {
  const amount = BigInt(value)
  if (amount < 0n || amount > MAX_MICRO_TOKENS) {
    throw new LoremeshError('bad-input', `${amount} µT is not an amount between 0 and 2^63 − 1`)
  }
  return amount as MicroTokens
}

/** µT of a whole or fractional number of tokens written in decimal, such as "12" or "0.000001"; throws `bad-input`. */
export function parseTokens(text: string): MicroTokens {
  const match = /^(\d{1,13})(?:\.(\d{1,6}))?$/.exec(text.trim())
  if (match === null) {
    throw new LoremeshError('bad-input', `"${text}" is not an amount of tokens`, 'Write it like 12 or 0.5')
  }
  const [, whole = '0', fraction = ''] = match
  return toMicroTokens(BigInt(whole) * MICRO_TOKENS_PER_TOKEN + BigInt(fraction.padEnd(6, '0')))
}

/** Exact decimal text in tokens without trailing zeros: 1_500_000 µT is "1.5". A negative difference keeps its sign. */
export function formatTokens(amount: bigint): string {
  const sign = amount < 0n ? '-' : ''
  const positive = amount < 0n ? -amount : amount
  const fraction = (positive % MICRO_TOKENS_PER_TOKEN).toString().padStart(6, '0').replace(/0+$/, '')
  const whole = (positive / MICRO_TOKENS_PER_TOKEN).toString()
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`
}

/** Sum of amounts; throws `bad-input` above the cap. */
export function sumTokens(amounts: Iterable<bigint>): MicroTokens {
  let sum = 0n
  for (const amount of amounts) sum += amount
  return toMicroTokens(sum)
}
