import type { Randomness } from '../../ports/randomness.ts'

/** The browser's random bytes; at most 65,536 at once, as WebCrypto allows. */
export function createTabRandomness(): Randomness {
  return { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) }
}
