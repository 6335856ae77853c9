import type { Randomness } from '../ports/randomness.ts'

/** The items in random order: sorted by 32 random bits each. */
export function shuffle<T>(items: readonly T[], randomness: Randomness): T[] {
  const keyed = items.map((item) => ({
    item,
    key: randomness.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0),
  }))
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}
