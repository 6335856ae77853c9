/*
 * What a server and the authorities that it started as child processes tell each other: JSON messages. A child says once
 * that it listens, or why it can't start; the server then tells every child where all authorities are. A child whose server
 * goes away ends itself.
 */
import * as v from 'valibot'
import { LoremeshError, parseErrorCode, type ErrorCode } from '../src/domain/kernel/errors.ts'

/** What the child says. */
export type AuthorityMessage =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string }

/** Where the authorities of the network are, as multiaddrs that end in their peer ids. */
export interface AddressesMessage {
  readonly type: 'addresses'
  readonly addresses: readonly string[]
}

const text = v.pipe(v.string(), v.maxLength(2_000))
const messageSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('listening'),
    port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  }),
  v.strictObject({
    type: v.literal('failed'),
    code: v.pipe(text, v.transform(parseErrorCode)),
    message: text,
    hint: text,
  }),
])
const addressesSchema = v.strictObject({
  type: v.literal('addresses'),
  addresses: v.pipe(v.array(text), v.maxLength(64)),
})

/** A child's message; throws `bad-input`. */
export function parseAuthorityMessage(message: unknown): AuthorityMessage {
  return parse(messageSchema, message)
}

/** The server's message; throws `bad-input`. */
export function parseAddressesMessage(message: unknown): AddressesMessage {
  return parse(addressesSchema, message)
}

function parse<T>(schema: v.GenericSchema<unknown, T>, message: unknown): T {
  const result = v.safeParse(schema, message)
  if (result.success) return result.output
  throw new LoremeshError('bad-input', 'Malformed message between server and authority')
}
