import { SIGNATURE_BYTES } from '../identity/signature.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { readBlob, readBytes, readTuple } from './cbor-fields.ts'

/** Bytes with their signature. The signature covers exactly these bytes, never a re-encoding of what they mean. */
export interface Envelope {
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

/** Wire form: cbor([bytes, signature]). */
export function encodeEnvelope(bytes: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeCbor([bytes, signature])
}

/** The parts of a wire form. Throws `message-too-large` above `maxBytes`, before anything is decoded, or `bad-encoding`. */
export function parseEnvelope(wire: Uint8Array, maxBytes: number, name: string): Envelope {
  const [bytes, signature] = readTuple(decodeLimited(wire, maxBytes, name), 2, name)
  return {
    bytes: readBlob(bytes, maxBytes, `${name}'s body`),
    signature: readBytes(signature, SIGNATURE_BYTES, `${name}'s signature`),
  }
}

/** Decodes deterministic CBOR of at most `maxBytes`. Throws `message-too-large` or `bad-encoding`. */
export function decodeLimited(wire: Uint8Array, maxBytes: number, name: string): CborValue {
  if (wire.length > maxBytes) {
    throw new LoremeshError(
      'message-too-large',
      `The ${name} has ${wire.length} bytes, ${maxBytes} are allowed`,
    )
  }
  return decodeCbor(wire)
}
