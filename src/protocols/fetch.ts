import * as v from 'valibot'
import { contextHashToDigest, type ContextHash } from '../domain/content/context-hash.ts'
import { SIGNATURE_BYTES } from '../domain/identity/signature.ts'
import type { CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError, parseErrorCode, type ErrorCode } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { MAX_ACCOUNT_PROOF_BYTES } from '../domain/ledger/account-proof.ts'
import { MAX_CERTIFICATE_WIRE_BYTES } from '../domain/ledger/certificate.ts'
import { MAX_DELIVERY_WIRE_BYTES } from '../domain/ledger/delivery.ts'
import { MAX_ENTRY_WIRE_BYTES } from '../domain/ledger/entry-codec.ts'
import { entryHashToDigest, type EntryHash } from '../domain/ledger/entry.ts'
import { MAX_QUOTE_ITEMS, MAX_QUOTE_WIRE_BYTES } from '../domain/ledger/quote.ts'
import { MAX_EXCHANGE, MAX_REFUSAL_CHARS, WHOLE_STREAM } from './exchange.ts'
import { encodeFrame } from './framing.ts'
import {
  amount,
  contextHash,
  decodeMessage,
  entryHash,
  exactBytes,
  integer,
  messageType,
  parseMessage,
  someBytes,
  text,
} from './message.ts'

/*
 * /loremesh/fetch/1.0.0: contexts for tokens, in sessions. A session is a reserve that the payer opened; what is taken
 * under it is paid with vouchers while it comes. Many exchanges share one long-lived stream; the requester opens it and
 * numbers them upwards from 1. Every message is [type, exchange, …].
 *
 *   requester                                                       provider
 *   1 open     reserve, certificate or null                         2 opened   credit line, vouched, standing or null
 *   3 take     requestId, [digest, …], maxTokenCost, reserve,
 *              credit                                               4 quote    quote
 *                                                                   5 frame    payload              (repeated)
 *   6 window   credit                       (while frames come)     7 done     delivery statement
 *   8 voucher  reserve, amount, signature                           9 acked
 *  10 cancel                                                       11 refusal  code, message
 *
 * An exchange begins with open, take or voucher and ends with exactly one of opened, done, acked or refusal, a cancelled
 * one too. Frames carry the contexts' bytes joined in the order of the quote. The provider sends at most `credit` bytes
 * of payload and waits for more: WebRTC has no back-pressure from the receiver of its own. A voucher with the number of a
 * take pays for what came of it, during the take or after it, and is not answered; one with a new number is acked. A
 * refusal of exchange 0 is about the stream and comes before it is closed.
 */

export const FETCH_PROTOCOL = '/loremesh/fetch/1.0.0'
/** Bytes of one frame's payload. */
export const MAX_PAYLOAD_BYTES = 16_384
/** Payload that a requester lets a provider send ahead; the most that it may ever allow. */
export const CREDIT_BYTES = 4_194_304
export const MAX_CREDIT_BYTES = 4 * CREDIT_BYTES
/** Vouchers that may come for one take: one for each context, and some to spare. */
export const SPARE_VOUCHERS = 4
/** A requester's largest message takes the most contexts: 34 bytes each, the other fields 69 at most. */
export const MAX_REQUESTER_MESSAGE_BYTES = 34 * MAX_QUOTE_ITEMS + 80
/** A provider's largest message is the statement of a delivery, with the head of the array, type, exchange and length. */
export const MAX_PROVIDER_MESSAGE_BYTES = MAX_DELIVERY_WIRE_BYTES + 16

const TYPE = {
  open: 1,
  opened: 2,
  take: 3,
  quote: 4,
  frame: 5,
  window: 6,
  done: 7,
  voucher: 8,
  acked: 9,
  cancel: 10,
  refusal: 11,
} as const

/** What a requester sends. */
export type RequesterMessage =
  | {
      readonly type: 'open'
      readonly exchange: number
      readonly reserveWire: Uint8Array
      /** Undefined while no quorum can be reached. */
      readonly certificateWire: Uint8Array | undefined
    }
  | {
      readonly type: 'take'
      readonly exchange: number
      readonly requestId: Uint8Array
      readonly contexts: readonly ContextHash[]
      readonly maxTokenCost: MicroTokens
      readonly reserve: EntryHash
      readonly creditBytes: number
    }
  | {
      readonly type: 'voucher'
      readonly exchange: number
      readonly reserve: EntryHash
      /** Everything owed from the reserve so far. */
      readonly amount: MicroTokens
      readonly signature: Uint8Array
    }
  | { readonly type: 'window'; readonly exchange: number; readonly creditBytes: number }
  | { readonly type: 'cancel'; readonly exchange: number }

/** What a provider sends. */
export type ProviderMessage =
  | {
      readonly type: 'opened'
      readonly exchange: number
      readonly creditLine: MicroTokens
      /** What the provider holds a voucher for. */
      readonly vouched: MicroTokens
      /** The provider's account in a checkpoint, as `encodeAccountProof` gives it. */
      readonly standing: Uint8Array | undefined
    }
  | { readonly type: 'quote'; readonly exchange: number; readonly quoteWire: Uint8Array }
  | { readonly type: 'frame'; readonly exchange: number; readonly payload: Uint8Array }
  | { readonly type: 'done'; readonly exchange: number; readonly deliveryWire: Uint8Array }
  | { readonly type: 'acked'; readonly exchange: number }
  | {
      readonly type: 'refusal'
      readonly exchange: number
      readonly code: ErrorCode
      readonly message: string
    }

/** Frame of a requester's or a provider's message. */
export function encodeFetchMessage(message: RequesterMessage | ProviderMessage): Uint8Array {
  return encodeFrame([TYPE[message.type], message.exchange, ...encodeFields(message)])
}

function encodeFields(message: RequesterMessage | ProviderMessage): readonly CborValue[] {
  switch (message.type) {
    case 'open':
      return [message.reserveWire, message.certificateWire ?? null]
    case 'opened':
      return [message.creditLine, message.vouched, message.standing ?? null]
    case 'take': {
      const { requestId, contexts, maxTokenCost, reserve, creditBytes } = message
      return [
        requestId,
        contexts.map(contextHashToDigest),
        maxTokenCost,
        entryHashToDigest(reserve),
        creditBytes,
      ]
    }
    case 'quote':
      return [message.quoteWire]
    case 'frame':
      return [message.payload]
    case 'window':
      return [message.creditBytes]
    case 'done':
      return [message.deliveryWire]
    case 'voucher':
      return [entryHashToDigest(message.reserve), message.amount, message.signature]
    case 'refusal':
      return [message.code, message.message.slice(0, MAX_REFUSAL_CHARS)]
    case 'acked':
    case 'cancel':
      return []
  }
}

const exchange = integer(1, MAX_EXCHANGE)
const credit = integer(1, MAX_CREDIT_BYTES)
const contexts = v.pipe(
  v.array(contextHash),
  v.minLength(1),
  v.maxLength(MAX_QUOTE_ITEMS),
  v.check((hashes) => new Set(hashes).size === hashes.length, 'a context is named twice'),
)

const openSchema = v.strictTuple([
  v.literal(TYPE.open),
  exchange,
  someBytes(MAX_ENTRY_WIRE_BYTES),
  v.nullable(someBytes(MAX_CERTIFICATE_WIRE_BYTES)),
])
const takeSchema = v.strictTuple([
  v.literal(TYPE.take),
  exchange,
  exactBytes(16),
  contexts,
  amount,
  entryHash,
  credit,
])
const voucherSchema = v.strictTuple([
  v.literal(TYPE.voucher),
  exchange,
  entryHash,
  amount,
  exactBytes(SIGNATURE_BYTES),
])
const windowSchema = v.strictTuple([v.literal(TYPE.window), exchange, credit])
const cancelSchema = v.strictTuple([v.literal(TYPE.cancel), exchange])

const openedSchema = v.strictTuple([
  v.literal(TYPE.opened),
  exchange,
  amount,
  amount,
  v.nullable(someBytes(MAX_ACCOUNT_PROOF_BYTES)),
])
const quoteSchema = v.strictTuple([v.literal(TYPE.quote), exchange, someBytes(MAX_QUOTE_WIRE_BYTES)])
const frameSchema = v.strictTuple([v.literal(TYPE.frame), exchange, someBytes(MAX_PAYLOAD_BYTES)])
const doneSchema = v.strictTuple([v.literal(TYPE.done), exchange, someBytes(MAX_DELIVERY_WIRE_BYTES)])
const ackedSchema = v.strictTuple([v.literal(TYPE.acked), exchange])
const refusalSchema = v.strictTuple([
  v.literal(TYPE.refusal),
  integer(WHOLE_STREAM, MAX_EXCHANGE),
  v.pipe(text(40), v.transform(parseErrorCode)),
  text(MAX_REFUSAL_CHARS),
])

/** Parses a requester's message; throws `message-too-large` or `bad-encoding`. */
export function parseRequesterMessage(bytes: Uint8Array): RequesterMessage {
  const value = decodeMessage(bytes, MAX_REQUESTER_MESSAGE_BYTES)
  switch (messageType(value)) {
    case TYPE.open: {
      const [, exchange, reserveWire, certificateWire] = parseMessage(openSchema, value)
      return { type: 'open', exchange, reserveWire, certificateWire: certificateWire ?? undefined }
    }
    case TYPE.take: {
      const fields = parseMessage(takeSchema, value)
      const [, exchange, requestId, contexts, maxTokenCost, reserve, creditBytes] = fields
      return { type: 'take', exchange, requestId, contexts, maxTokenCost, reserve, creditBytes }
    }
    case TYPE.voucher: {
      const [, exchange, reserve, amount, signature] = parseMessage(voucherSchema, value)
      return { type: 'voucher', exchange, reserve, amount, signature }
    }
    case TYPE.window: {
      const [, exchange, creditBytes] = parseMessage(windowSchema, value)
      return { type: 'window', exchange, creditBytes }
    }
    case TYPE.cancel: {
      const [, exchange] = parseMessage(cancelSchema, value)
      return { type: 'cancel', exchange }
    }
    default:
      throw unknownType()
  }
}

/** Parses a provider's message; throws `message-too-large` or `bad-encoding`. */
export function parseProviderMessage(bytes: Uint8Array): ProviderMessage {
  const value = decodeMessage(bytes, MAX_PROVIDER_MESSAGE_BYTES)
  switch (messageType(value)) {
    case TYPE.frame: {
      const [, exchange, payload] = parseMessage(frameSchema, value)
      return { type: 'frame', exchange, payload }
    }
    case TYPE.opened: {
      const [, exchange, creditLine, vouched, standing] = parseMessage(openedSchema, value)
      return { type: 'opened', exchange, creditLine, vouched, standing: standing ?? undefined }
    }
    case TYPE.quote: {
      const [, exchange, quoteWire] = parseMessage(quoteSchema, value)
      return { type: 'quote', exchange, quoteWire }
    }
    case TYPE.done: {
      const [, exchange, deliveryWire] = parseMessage(doneSchema, value)
      return { type: 'done', exchange, deliveryWire }
    }
    case TYPE.acked: {
      const [, exchange] = parseMessage(ackedSchema, value)
      return { type: 'acked', exchange }
    }
    case TYPE.refusal: {
      const [, exchange, code, message] = parseMessage(refusalSchema, value)
      return { type: 'refusal', exchange, code, message }
    }
    default:
      throw unknownType()
  }
}

function unknownType(): LoremeshError {
  return new LoremeshError('bad-encoding', 'The message is of no type that belongs here')
}
