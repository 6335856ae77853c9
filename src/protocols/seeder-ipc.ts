/**
 * How the server asks the headless seeder that it started to sell contexts over HTTP: JSON messages between parent and
 * child process. The parent sends requests, the child answers each with a reply of the same `id`, and says `announced`
 * once when its contexts are known to the tracker. A child whose parent goes away ends itself.
 */
import * as v from 'valibot'
import { parseContextHash, type ContextHash } from '../domain/content/context-hash.ts'
import { parsePeerId, type PeerId } from '../domain/identity/account.ts'
import { base64urlToBytes, bytesToBase64url } from '../domain/kernel/base64url.ts'
import { LoremeshError, parseErrorCode, toLoremeshError, type ErrorCode } from '../domain/kernel/errors.ts'
import { toMicroTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'

export type SeederRequest = { readonly id: number; readonly payer: PeerId } & (
  | {
      readonly type: 'quote'
      readonly requestId: Uint8Array
      readonly contextHash: ContextHash
      readonly maxTokenCost: MicroTokens
    }
  | {
      readonly type: 'pay'
      readonly quoteWire: Uint8Array
      readonly payWire: Uint8Array
      readonly certificateWire: Uint8Array
    }
  | { readonly type: 'ack'; readonly invoice: Uint8Array; readonly ack: Uint8Array }
)

/** A context as the requirement's HTTP answer shows it. */
export interface DeliveredContext {
  readonly contextHash: ContextHash
  readonly content: string
  readonly title: string
  readonly author: PeerId
  readonly createdAtMs: number
  readonly tags: readonly string[]
  readonly references: readonly ContextHash[]
  /** Empty when the context has no vector. */
  readonly embedding: readonly number[]
}

export type SeederReply = { readonly id: number } & (
  | { readonly type: 'quoted'; readonly quoteWire: Uint8Array }
  | { readonly type: 'delivered'; readonly context: DeliveredContext; readonly deliveryWire: Uint8Array }
  | { readonly type: 'acknowledged' }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string; readonly hint: string }
)

/** What the child says: a reply, or that its contexts are announced. */
export type SeederMessage = SeederReply | { readonly type: 'announced'; readonly peerId: PeerId }

const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))
const bytes = (maxBytes: number) => v.pipe(text(Math.ceil((maxBytes * 4) / 3)), v.transform(base64urlToBytes))
const wire = bytes(16_384)
const payer = v.pipe(text(64), v.transform(parsePeerId))
const contextHash = v.pipe(text(71), v.transform(parseContextHash))
const amount = v.pipe(
  v.string(),
  v.regex(/^\d{1,19}$/),
  v.transform((digits) => toMicroTokens(BigInt(digits))),
)

const requestSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('quote'),
    id,
    payer,
    requestId: bytes(16),
    contextHash,
    maxTokenCost: amount,
  }),
  v.strictObject({
    type: v.literal('pay'),
    id,
    payer,
    quoteWire: wire,
    payWire: wire,
    certificateWire: wire,
  }),
  v.strictObject({ type: v.literal('ack'), id, payer, invoice: bytes(32), ack: bytes(64) }),
])

const messageSchema = v.variant('type', [
  v.strictObject({ type: v.literal('quoted'), id, quoteWire: wire }),
  v.strictObject({
    type: v.literal('delivered'),
    id,
    deliveryWire: wire,
    context: v.strictObject({
      contextHash,
      content: text(65_536),
      title: text(1_000),
      author: payer,
      createdAtMs: v.pipe(v.number(), v.minValue(0)),
      tags: v.pipe(v.array(text(200)), v.maxLength(64)),
      references: v.pipe(v.array(contextHash), v.maxLength(256)),
      embedding: v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(4_096)),
    }),
  }),
  v.strictObject({ type: v.literal('acknowledged'), id }),
  v.strictObject({
    type: v.literal('refused'),
    id,
    code: v.pipe(text(64), v.transform(parseErrorCode)),
    message: text(2_000),
    hint: text(2_000),
  }),
  v.strictObject({ type: v.literal('announced'), peerId: payer }),
])

/** JSON form of a request. */
export function encodeSeederRequest(request: SeederRequest): object {
  return encode(request)
}

/** A request from its JSON form; throws `bad-input` or `bad-encoding`. */
export function parseSeederRequest(message: unknown): SeederRequest {
  return parse(requestSchema, message)
}

/** JSON form of a reply or event. */
export function encodeSeederMessage(message: SeederMessage): object {
  return encode(message)
}

/** A reply or event from its JSON form; throws `bad-input` or `bad-encoding`. */
export function parseSeederMessage(message: unknown): SeederMessage {
  return parse(messageSchema, message)
}

/** Bytes become base64url and amounts decimal text. */
function encode(message: object): object {
  const fields = Object.entries(message).map(([name, value]: [string, unknown]) => {
    if (value instanceof Uint8Array) return [name, bytesToBase64url(value)]
    return [name, typeof value === 'bigint' ? value.toString() : value]
  })
  return Object.fromEntries(fields) as object
}

function parse<T>(schema: v.GenericSchema<unknown, T>, message: unknown): T {
  try {
    return v.parse(schema, message)
  } catch (error) {
    if (!v.isValiError(error)) throw toLoremeshError(error)
    throw new LoremeshError('bad-input', `Malformed seeder message: ${error.message}`)
  }
}
