import type { Randomness } from '../ports/randomness.ts'

/** A number from 0 to below 1, of 32 random bits. */
export function randomFraction(randomness: Randomness): number {
  return randomness.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32
}
