import { randomFillSync } from 'node:crypto'
import type { Randomness } from '../../ports/randomness.ts'

/** The operating system's random bytes. */
export function createNodeRandomness(): Randomness {
  return { bytes: (length) => randomFillSync(new Uint8Array(length)) }
}
