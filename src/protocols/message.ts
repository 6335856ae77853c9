import * as v from 'valibot'
import { digestToContextHash } from '../domain/content/context-hash.ts'
import { decodeCbor, type CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { MAX_MICRO_TOKENS, toMicroTokens } from '../domain/kernel/micro-tokens.ts'
import { digestToEntryHash, ENTRY_HASH_BYTES } from '../domain/ledger/entry.ts'

/** The CBOR value of a message of at most `maxBytes`; throws `message-too-large` before decoding, or `bad-encoding`. */
export function decodeMessage(bytes: Uint8Array, maxBytes: number): CborValue {
  if (bytes.length > maxBytes) {
    throw new LoremeshError(
      'message-too-large',
      `A message of ${bytes.length} bytes exceeds the limit of ${maxBytes}`,
    )
  }
  return decodeCbor(bytes)
}

/** A decoded message as its schema describes it; throws `bad-encoding` with the place and reason otherwise. */
export function parseMessage<TSchema extends v.GenericSchema<unknown, unknown>>(
  schema: TSchema,
  value: CborValue,
): v.InferOutput<TSchema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const place = v.getDotPath(issue) ?? 'whole'
  throw new LoremeshError('bad-encoding', `The message is malformed (${place}): ${issue.message}`)
}

/** Schema of a byte string of exactly `length` bytes. */
export const exactBytes = (length: number) => v.pipe(v.instance(Uint8Array), v.length(length))

/** Schema of a byte string of 1 to `max` bytes. */
export const someBytes = (max: number) => v.pipe(v.instance(Uint8Array), v.minLength(1), v.maxLength(max))

/** Schema of a text of at most `max` UTF-16 units. */
export const text = (max: number) => v.pipe(v.string(), v.maxLength(max))

/** Schema of a whole number between two bounds, both included. */
export const integer = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

/** Schema of a context hash, which travels as its 32-byte digest. */
export const contextHash = v.pipe(
  exactBytes(32),
  v.transform((digest) => digestToContextHash(digest)),
)

/** Schema of an entry's hash, which travels as its 32-byte digest. */
export const entryHash = v.pipe(
  exactBytes(ENTRY_HASH_BYTES),
  v.transform((digest) => digestToEntryHash(digest)),
)

/** Schema of an amount in µT. */
export const amount = v.pipe(
  v.union([v.number(), v.bigint()]),
  v.check((value) => Number.isInteger(Number(value)), 'not a whole number'),
  v.transform((value) => BigInt(value)),
  v.minValue(0n),
  v.maxValue(MAX_MICRO_TOKENS),
  v.transform((value) => toMicroTokens(value)),
)

/** The type with which a message begins; 0, which no message has, when it begins otherwise. */
export function messageType(value: CborValue): number {
  const type = Array.isArray(value) ? (value as readonly CborValue[])[0] : undefined
  return typeof type === 'number' ? type : 0
}
