import { LoremeshError } from '../kernel/errors.ts'
import { toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'

const BYTES_PER_KB = 1024n

/**
 * Price of a context in µT: ceil(bytes · price of a KB / 1024), over exactly the bytes that are hashed. KB = 1024 bytes;
 * the only rounding is up, to the next µT. Throws `bad-input` when the size is not a whole number from 0 on.
 */
export function contextPrice(sizeBytes: number, pricePerKb: MicroTokens): MicroTokens {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new LoremeshError('bad-input', `${sizeBytes} is not a number of bytes`)
  }
  return toMicroTokens((BigInt(sizeBytes) * pricePerKb + BYTES_PER_KB - 1n) / BYTES_PER_KB)
}
