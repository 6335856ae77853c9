import type { Randomness } from '../ports/randomness.ts'

/** The items in random order: sorted by 32 random bits each. */
export function shuffle<T>(items: readonly T[], randomness: Randomness): T[] {
  const keyed = items.map((item) => ({ item, key: randomFraction(randomness) }))
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}

/** A number from 0 to below 1, of 32 random bits. */
export function randomFraction(randomness: Randomness): number {
  return randomness.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32
}
