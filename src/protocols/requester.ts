import { LoremeshError } from '../domain/kernel/errors.ts'
import { encodeExchange, parseAnswer, refusalToError, WHOLE_STREAM } from './exchange.ts'

/** Requests that may wait for one peer's answers. */
const MAX_WAITING = 64

/** The asking end of one stream of exchanges, without any I/O of its own. */
export interface Requester {
  /** Requests without an answer yet. */
  readonly waiting: number
  /**
   * Sends a request; resolves with its answer's body. Rejects with what the other side refuses with, `rate-limited` when
   * too many wait already, and the reason for which the requester ended.
   */
  request(body: Uint8Array): Promise<Uint8Array>
  /** Takes one frame's body. Throws when the other side breaks the protocol or closes the stream: it is to be ended then. */
  onFrame(frame: Uint8Array): void
  /** Rejects what waits and everything later. */
  end(reason: LoremeshError): void
}

interface Waiting {
  resolve(body: Uint8Array): void
  reject(error: LoremeshError): void
}

/** A requester whose answers have at most `maxAnswerBytes`. `send` gets complete frames. */
export function createRequester(
  { send }: { readonly send: (frame: Uint8Array) => void },
  { maxAnswerBytes }: { readonly maxAnswerBytes: number },
): Requester {
  const waiting = new Map<number, Waiting>()
  let lastExchange = WHOLE_STREAM
  let ended: LoremeshError | undefined

  return {
    get waiting() {
      return waiting.size
    },
    request(body) {
      if (ended !== undefined) return Promise.reject(ended)
      if (waiting.size >= MAX_WAITING) {
        return Promise.reject(
          new LoremeshError('rate-limited', 'Too many requests wait for this peer', 'Try again in a moment'),
        )
      }
      const exchange = ++lastExchange
      return new Promise((resolve, reject) => {
        waiting.set(exchange, { resolve, reject })
        send(encodeExchange(exchange, body))
      })
    },
    onFrame(frame) {
      const answer = parseAnswer(frame, maxAnswerBytes)
      if (answer.type === 'refusal' && answer.exchange === WHOLE_STREAM) {
        throw refusalToError(answer.code, `The peer closed the stream: ${answer.message}`)
      }
      const asked = waiting.get(answer.exchange)
      if (asked === undefined) throw new LoremeshError('bad-encoding', 'The peer answered what was not asked')
      waiting.delete(answer.exchange)
      if (answer.type === 'answer') asked.resolve(answer.body)
      else asked.reject(refusalToError(answer.code, answer.message))
    },
    end(reason) {
      ended ??= reason
      for (const { reject } of waiting.values()) reject(reason)
      waiting.clear()
    },
  }
}
