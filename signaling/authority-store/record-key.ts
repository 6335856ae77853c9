import { LoremeshError } from '../../src/domain/kernel/errors.ts'

const INTEGER_BYTES = 8

/**
 * The key of a record: its parts one after another, integers as 8 bytes big-endian, so that keys are in the order of
 * their parts. All keys of one kind have parts of the same lengths. Throws `bad-input` for what is no integer from 0 on.
 */
export function recordKey(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  const pieces = parts.map((part) => (typeof part === 'number' ? integerBytes(part) : part))
  const key = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    key.set(piece, offset)
    offset += piece.length
  }
  return key
}

function integerBytes(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new LoremeshError('bad-input', `${value} is not an integer from 0 on`)
  }
  const bytes = new Uint8Array(INTEGER_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}
