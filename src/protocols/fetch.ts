import * as v from 'valibot'
import { contextHashToDigest, MAX_CONTEXT_BYTES, type ContextHash } from '../domain/content/context-hash.ts'
import type { CborValue } from '../domain/kernel/cbor.ts'
import { LoremeshError, parseErrorCode, type ErrorCode } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { MAX_CERTIFICATE_WIRE_BYTES } from '../domain/ledger/certificate.ts'
import { MAX_DELIVERY_WIRE_BYTES } from '../domain/ledger/delivery.ts'
import { MAX_ENTRY_WIRE_BYTES } from '../domain/ledger/entry-codec.ts'
import { MAX_QUOTE_ITEMS, MAX_QUOTE_WIRE_BYTES } from '../domain/ledger/quote.ts'
import { MAX_EXCHANGE, MAX_REFUSAL_CHARS, WHOLE_STREAM } from './exchange.ts'
import { encodeFrame } from './framing.ts'
import {
  amount,
  contextHash,
  decodeMessage,
  exactBytes,
  integer,
  messageType,
  parseMessage,
  someBytes,
  text,
} from './message.ts'

/*
 * /loremesh/fetch/1.0.0: contexts for tokens. Many exchanges share one long-lived stream; the requester opens it and
 * numbers them upwards from 1. Every message is [type, exchange, …].
 *
 *   requester                                              provider
 *   1 request  requestId, [digest, …], maxTokenCost        2 quote     quote                (402 payment-required)
 *   4 pay      quote, entry, certificate, credit           5 frame     payload              (repeated)
 *   9 window   credit                                      6 done      delivery statement
 *   7 ack      invoice, signature                          8 acked
 *  10 cancel                                               3 refusal   code, message
 *
 * Each exchange begins with request, pay or ack and ends with exactly one of quote, done, acked or refusal, a cancelled
 * one too. Frames carry the contexts' bytes joined in the order of the quote. The provider sends at most `credit` bytes
 * of payload and waits for more: WebRTC has no back-pressure from the receiver of its own. A refusal of exchange 0 is
 * about the stream and comes before it is closed.
 */

export const FETCH_PROTOCOL = '/loremesh/fetch/1.0.0'
/** Bytes of one frame's payload. */
export const MAX_PAYLOAD_BYTES = 16_384
/** Payload that a requester lets a provider send ahead; the most that it may ever allow. */
export const CREDIT_BYTES = 4_194_304
export const MAX_CREDIT_BYTES = 4 * CREDIT_BYTES
/** The largest message is the statement of a delivery, with the head of the array, type, exchange and length. */
export const MAX_FETCH_MESSAGE_BYTES = MAX_DELIVERY_WIRE_BYTES + 16

const TYPE = {
  request: 1,
  quote: 2,
  refusal: 3,
  pay: 4,
  frame: 5,
  done: 6,
  ack: 7,
  acked: 8,
  window: 9,
  cancel: 10,
} as const

/** What a requester sends. */
export type RequesterMessage =
  | {
      readonly type: 'request'
      readonly exchange: number
      readonly requestId: Uint8Array
      readonly contexts: readonly ContextHash[]
      readonly maxTokenCost: MicroTokens
    }
  | {
      readonly type: 'pay'
      readonly exchange: number
      readonly quoteWire: Uint8Array
      readonly payWire: Uint8Array
      readonly certificateWire: Uint8Array
      readonly creditBytes: number
    }
  | {
      readonly type: 'ack'
      readonly exchange: number
      readonly invoice: Uint8Array
      readonly ack: Uint8Array
    }
  | { readonly type: 'window'; readonly exchange: number; readonly creditBytes: number }
  | { readonly type: 'cancel'; readonly exchange: number }

/** What a provider sends. */
export type ProviderMessage =
  | { readonly type: 'quote'; readonly exchange: number; readonly quoteWire: Uint8Array }
  | {
      readonly type: 'refusal'
      readonly exchange: number
      readonly code: ErrorCode
      readonly message: string
    }
  | { readonly type: 'frame'; readonly exchange: number; readonly payload: Uint8Array }
  | { readonly type: 'done'; readonly exchange: number; readonly deliveryWire: Uint8Array }
  | { readonly type: 'acked'; readonly exchange: number }

/** Frame of a requester's or a provider's message. */
export function encodeFetchMessage(message: RequesterMessage | ProviderMessage): Uint8Array {
  return encodeFrame([TYPE[message.type], message.exchange, ...encodeFields(message)])
}

function encodeFields(message: RequesterMessage | ProviderMessage): readonly CborValue[] {
  switch (message.type) {
    case 'request':
      return [message.requestId, message.contexts.map(contextHashToDigest), message.maxTokenCost]
    case 'quote':
      return [message.quoteWire]
    case 'refusal':
      return [message.code, message.message.slice(0, MAX_REFUSAL_CHARS)]
    case 'pay':
      return [message.quoteWire, message.payWire, message.certificateWire, message.creditBytes]
    case 'frame':
      return [message.payload]
    case 'done':
      return [message.deliveryWire]
    case 'ack':
      return [message.invoice, message.ack]
    case 'window':
      return [message.creditBytes]
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

const requestSchema = v.strictTuple([v.literal(TYPE.request), exchange, exactBytes(16), contexts, amount])
const paySchema = v.strictTuple([
  v.literal(TYPE.pay),
  exchange,
  someBytes(MAX_QUOTE_WIRE_BYTES),
  someBytes(MAX_ENTRY_WIRE_BYTES),
  someBytes(MAX_CERTIFICATE_WIRE_BYTES),
  credit,
])
const ackSchema = v.strictTuple([v.literal(TYPE.ack), exchange, exactBytes(32), exactBytes(64)])
const windowSchema = v.strictTuple([v.literal(TYPE.window), exchange, credit])
const cancelSchema = v.strictTuple([v.literal(TYPE.cancel), exchange])
const quoteSchema = v.strictTuple([v.literal(TYPE.quote), exchange, someBytes(MAX_QUOTE_WIRE_BYTES)])
const refusalSchema = v.strictTuple([
  v.literal(TYPE.refusal),
  integer(WHOLE_STREAM, MAX_EXCHANGE),
  v.pipe(text(40), v.transform(parseErrorCode)),
  text(MAX_REFUSAL_CHARS),
])
const frameSchema = v.strictTuple([v.literal(TYPE.frame), exchange, someBytes(MAX_PAYLOAD_BYTES)])
const doneSchema = v.strictTuple([v.literal(TYPE.done), exchange, someBytes(MAX_DELIVERY_WIRE_BYTES)])
const ackedSchema = v.strictTuple([v.literal(TYPE.acked), exchange])

/** Parses a requester's message; throws `message-too-large` or `bad-encoding`. */
export function parseRequesterMessage(bytes: Uint8Array): RequesterMessage {
  const value = decodeMessage(bytes, MAX_FETCH_MESSAGE_BYTES)
  switch (messageType(value)) {
    case TYPE.request: {
      const [, exchange, requestId, contexts, maxTokenCost] = parseMessage(requestSchema, value)
      return { type: 'request', exchange, requestId, contexts, maxTokenCost }
    }
    case TYPE.pay: {
      const [, exchange, quoteWire, payWire, certificateWire, creditBytes] = parseMessage(paySchema, value)
      return { type: 'pay', exchange, quoteWire, payWire, certificateWire, creditBytes }
    }
    case TYPE.ack: {
      const [, exchange, invoice, ack] = parseMessage(ackSchema, value)
      return { type: 'ack', exchange, invoice, ack }
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
  const value = decodeMessage(bytes, MAX_FETCH_MESSAGE_BYTES)
  switch (messageType(value)) {
    case TYPE.frame: {
      const [, exchange, payload] = parseMessage(frameSchema, value)
      return { type: 'frame', exchange, payload }
    }
    case TYPE.quote: {
      const [, exchange, quoteWire] = parseMessage(quoteSchema, value)
      return { type: 'quote', exchange, quoteWire }
    }
    case TYPE.refusal: {
      const [, exchange, code, message] = parseMessage(refusalSchema, value)
      return { type: 'refusal', exchange, code, message }
    }
    case TYPE.done: {
      const [, exchange, deliveryWire] = parseMessage(doneSchema, value)
      return { type: 'done', exchange, deliveryWire }
    }
    case TYPE.acked: {
      const [, exchange] = parseMessage(ackedSchema, value)
      return { type: 'acked', exchange }
    }
    default:
      throw unknownType()
  }
}

function unknownType(): LoremeshError {
  return new LoremeshError('bad-encoding', 'The message is of no type that belongs here')
}

/** Puts the contexts of a delivery together from the payloads of its frames. */
export interface DeliveryAssembler {
  readonly receivedBytes: number
  /** Throws `message-too-large` when more comes than was quoted. */
  add(payload: Uint8Array): void
  /** The contexts, in the order of the quote; throws `truncated` when bytes are missing. */
  finish(): readonly Uint8Array[]
}

/** An assembler for contexts of exactly these sizes; throws `bad-input` when they are beyond the limits. */
export function createDeliveryAssembler(sizesBytes: readonly number[]): DeliveryAssembler {
  const possible = sizesBytes.every((size) => Number.isInteger(size) && size > 0 && size <= MAX_CONTEXT_BYTES)
  if (!possible || sizesBytes.length === 0 || sizesBytes.length > MAX_QUOTE_ITEMS) {
    throw new LoremeshError('bad-input', 'A delivery has 1 to 256 contexts of 1 to 65,536 bytes')
  }
  const totalBytes = sizesBytes.reduce((sum, size) => sum + size, 0)
  const contents: Uint8Array[] = []
  let filled = 0
  let receivedBytes = 0

  return {
    get receivedBytes() {
      return receivedBytes
    },
    add(payload) {
      if (receivedBytes + payload.length > totalBytes) {
        throw new LoremeshError('message-too-large', `More than the quoted ${totalBytes} bytes came`)
      }
      receivedBytes += payload.length
      let offset = 0
      while (offset < payload.length) {
        let current = contents.at(-1)
        if (current === undefined || filled === current.length) {
          current = new Uint8Array(sizesBytes[contents.length] ?? 0)
          contents.push(current)
          filled = 0
        }
        const part = payload.subarray(offset, offset + current.length - filled)
        current.set(part, filled)
        filled += part.length
        offset += part.length
      }
    },
    finish() {
      if (receivedBytes < totalBytes) {
        throw new LoremeshError('truncated', `Only ${receivedBytes} of the quoted ${totalBytes} bytes came`)
      }
      return contents
    },
  }
}
