import { describe, expect, it } from 'vitest'
import type { Randomness } from '../../src/ports/randomness.ts'

/** What every source of random bytes does. */
export function describeRandomness(name: string, openRandomness: () => Randomness): void {
  describe(`randomness ${name}`, () => {
    it('gives as many bytes as asked for, never the same twice', () => {
      const randomness = openRandomness()
      const seen = new Set(Array.from({ length: 100 }, () => randomness.bytes(16).toString()))
      expect(seen.size).toBe(100)
      expect(randomness.bytes(32)).toHaveLength(32)
      expect(randomness.bytes(0)).toHaveLength(0)
    })

    it('uses every value of a byte', () => {
      expect(new Set(openRandomness().bytes(16_384)).size).toBe(256)
    })
  })
}
