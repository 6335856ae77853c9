import * as v from 'valibot'
import { toPrintable } from '../domain/content/printable.ts'
import { LoremeshError, parseErrorCode, type ErrorCode } from '../domain/kernel/errors.ts'
import { encodeFrame } from './framing.ts'
import { decodeMessage, integer, parseMessage, someBytes, text } from './message.ts'

/*
 * The envelope of every protocol that asks once and is answered once (search, tracker, ledger). Many exchanges share one
 * long-lived stream; whoever opened the stream numbers them. A request is [exchange, body], its answer [exchange, body]
 * or, when refused, [exchange, code, message]. Exchange 0 belongs to the stream itself: a refusal of it comes before the
 * stream is closed and says why.
 */

/** The number that stands for the whole stream. */
export const WHOLE_STREAM = 0
export const MAX_EXCHANGE = 0xffff_ffff
export const MAX_REFUSAL_CHARS = 300
/** The envelope adds at most: array head, exchange number, head of the body. */
export const ENVELOPE_BYTES = 16
const MAX_REFUSAL_BYTES = 4 * MAX_REFUSAL_CHARS + 64

export interface RequestEnvelope {
  readonly exchange: number
  readonly body: Uint8Array
}

/** An answer's body, or why there is none. */
export type AnswerEnvelope =
  | { readonly type: 'answer'; readonly exchange: number; readonly body: Uint8Array }
  | {
      readonly type: 'refusal'
      readonly exchange: number
      readonly code: ErrorCode
      readonly message: string
    }

const requestSchema = (maxBytes: number) => v.strictTuple([integer(1, MAX_EXCHANGE), someBytes(maxBytes)])
const answerSchema = requestSchema
const refusalSchema = v.strictTuple([
  integer(WHOLE_STREAM, MAX_EXCHANGE),
  v.pipe(text(40), v.transform(parseErrorCode)),
  text(MAX_REFUSAL_CHARS),
])

/** Frame of a request, or of its answer. */
export function encodeExchange(exchange: number, body: Uint8Array): Uint8Array {
  return encodeFrame([exchange, body])
}

/** Frame of a refusal. */
export function encodeRefusal(exchange: number, code: ErrorCode, message: string): Uint8Array {
  return encodeFrame([exchange, code, message.slice(0, MAX_REFUSAL_CHARS)])
}

/** Frame that says why the whole stream is about to be closed. */
export function encodeStreamRefusal(error: LoremeshError): Uint8Array {
  return encodeRefusal(WHOLE_STREAM, error.code, error.message)
}

/** A request whose body has at most `maxBodyBytes`; throws `message-too-large` or `bad-encoding`. */
export function parseRequest(frame: Uint8Array, maxBodyBytes: number): RequestEnvelope {
  const value = decodeMessage(frame, maxBodyBytes + ENVELOPE_BYTES)
  const [exchange, body] = parseMessage(requestSchema(maxBodyBytes), value)
  return { exchange, body }
}

/** An answer whose body has at most `maxBodyBytes`, or a refusal; throws `message-too-large` or `bad-encoding`. */
export function parseAnswer(frame: Uint8Array, maxBodyBytes: number): AnswerEnvelope {
  const value = decodeMessage(frame, maxAnswerFrameBytes(maxBodyBytes))
  if (Array.isArray(value) && value.length === 3) {
    const [exchange, code, message] = parseMessage(refusalSchema, value)
    return { type: 'refusal', exchange, code, message }
  }
  const [exchange, body] = parseMessage(answerSchema(maxBodyBytes), value)
  return { type: 'answer', exchange, body }
}

/** Most bytes of a frame that carries an answer of at most `maxBodyBytes`, or a refusal. */
export function maxAnswerFrameBytes(maxBodyBytes: number): number {
  return Math.max(maxBodyBytes + ENVELOPE_BYTES, MAX_REFUSAL_BYTES)
}

/** The error that a refusal stands for. Its words are another's: whatever they are, they are shown in one line that can't reorder others. */
export function refusalToError(code: ErrorCode, message: string): LoremeshError {
  // Only who waits for an answer can abort it.
  const own = code === 'aborted' ? 'internal' : code
  return new LoremeshError(own, toPrintable(message, MAX_REFUSAL_BYTES))
}
