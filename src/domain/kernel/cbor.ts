import { decode, encode, rfc8949EncodeOptions } from 'cborg'
import { bytesEqual } from './bytes.ts'
import { LoremeshError } from './errors.ts'

/** What canonical messages consist of: integers, byte strings, texts, booleans, null and arrays of these. */
export type CborValue = number | bigint | string | boolean | null | Uint8Array | readonly CborValue[]

/** Deterministic CBOR (RFC 8949, section 4.2.1) of a value. */
export function encodeCbor(value: CborValue): Uint8Array {
  // In Node cborg gives a Buffer, whose `slice` shares its memory where a Uint8Array's copies.
  return new Uint8Array(encode(value, rfc8949EncodeOptions))
}

/**
 * The value of deterministic CBOR bytes; whatever another encoder would have written differently is refused.
 * Integers beyond 2^53 come back as bigint. Throws `bad-encoding`.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  let value: CborValue
  let canonical: Uint8Array
  try {
    value = decode(bytes, {
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: true,
      strict: true,
      rejectDuplicateMapKeys: true,
      useMaps: true,
    }) as CborValue
    canonical = encodeCbor(value)
  } catch (cause) {
    throw new LoremeshError('bad-encoding', 'The bytes are not deterministic CBOR', '', { cause })
  }
  if (!bytesEqual(canonical, bytes)) {
    throw new LoremeshError('bad-encoding', 'The bytes are CBOR, but not in its deterministic form')
  }
  return value
}
