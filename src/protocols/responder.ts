import { LoremeshError, isLoremeshError, type ErrorCode } from '../domain/kernel/errors.ts'
import { ENVELOPE_BYTES, encodeExchange, encodeRefusal, parseRequest } from './exchange.ts'

/** What a service allows one stream. */
export interface ResponderLimits {
  /** Largest body of a request. */
  readonly maxRequestBytes: number
  /** Largest body of an answer; a longer one becomes an `internal` refusal. */
  readonly maxAnswerBytes: number
  /** Requests worked on at the same time. */
  readonly maxInFlight: number
}

/** The answering end of one stream of exchanges, without any I/O of its own. */
export interface Responder {
  /** Takes one frame's body. Throws when the peer breaks the protocol: the stream is to be refused and closed then. */
  onFrame(frame: Uint8Array): void
}

/** Largest frame body that a responder's stream has to let through. */
export function maxRequestFrameBytes({ maxRequestBytes }: ResponderLimits): number {
  return maxRequestBytes + ENVELOPE_BYTES
}

/**
 * A responder that answers each request with what `answer` gives and refuses it with what `answer` throws. `mayAsk` is
 * asked before every request; `send` gets complete frames.
 */
export function createResponder(
  {
    answer,
    mayAsk,
    send,
  }: {
    readonly answer: (body: Uint8Array) => Promise<Uint8Array>
    readonly mayAsk: () => boolean
    readonly send: (frame: Uint8Array) => void
  },
  limits: ResponderLimits,
): Responder {
  const inFlight = new Set<number>()

  async function respond(exchange: number, body: Uint8Array): Promise<void> {
    inFlight.add(exchange)
    try {
      const answered = await answer(body)
      if (answered.length > limits.maxAnswerBytes) throw new Error('The answer is too large')
      send(encodeExchange(exchange, answered))
    } catch (error) {
      const { code, message } = toRefusal(error)
      send(encodeRefusal(exchange, code, message))
    } finally {
      inFlight.delete(exchange)
    }
  }

  return {
    onFrame(frame) {
      const { exchange, body } = parseRequest(frame, limits.maxRequestBytes)
      if (inFlight.has(exchange)) {
        throw new LoremeshError('bad-encoding', `Exchange ${exchange} is open already`)
      }
      if (!mayAsk() || inFlight.size >= limits.maxInFlight) {
        send(encodeRefusal(exchange, 'rate-limited', 'Too many requests; wait a moment'))
        return
      }
      void respond(exchange, body)
    },
  }
}

/** What another peer may know of an error: everything about a `LoremeshError`, nothing about a fault of the program. */
export function toRefusal(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  if (isLoremeshError(error) && error.code !== 'internal') return { code: error.code, message: error.message }
  return { code: 'internal', message: 'The peer could not answer' }
}
