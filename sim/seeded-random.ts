import { createDice, type Dice } from '../test/support/virtual-time.ts'
import type { Randomness } from '../src/ports/randomness.ts'

/** Chance that is the same for the same seed. */
export interface SeededRandom extends Dice, Randomness {
  /** So many different items of a list, or all when it has fewer. */
  some<T>(list: readonly T[], count: number): readonly T[]
}

/** The chance of a seed. Good enough for what happens, never for keys that matter. */
export function createSeededRandom(seed: number): SeededRandom {
  const dice = createDice(seed)
  return {
    ...dice,
    bytes: (length) => Uint8Array.from({ length }, () => dice.between(0, 255)),
    some(list, count) {
      const left = [...list]
      const taken: (typeof left)[number][] = []
      while (taken.length < count && left.length > 0) {
        taken.push(...left.splice(dice.between(0, left.length - 1), 1))
      }
      return taken
    },
  }
}
