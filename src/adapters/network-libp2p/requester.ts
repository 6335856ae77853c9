import type { Stream } from '@libp2p/interface'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { encodeExchange, maxAnswerFrameBytes, parseAnswer, WHOLE_STREAM } from '../../protocols/exchange.ts'
import { abortable } from './abortable.ts'
import { openFrameStream } from './frame-stream.ts'
import type { StreamSession } from './stream-pool.ts'

/** Requests that may wait for one peer's answers. */
const MAX_WAITING = 64

/** The asking end of one stream of exchanges. */
export interface Requester extends StreamSession {
  /**
   * The answer's body. Throws what the other side refuses with, `timeout` or `aborted` when the signal fires, and
   * `not-connected`, `truncated`, `bad-encoding` or `message-too-large` when the stream breaks.
   */
  request(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}

interface Waiting {
  resolve(body: Uint8Array): void
  reject(error: LoremeshError): void
}

/** Speaks the asking end over a stream; answers have at most `maxAnswerBytes`. */
export function createRequester(stream: Stream, maxAnswerBytes: number): Requester {
  const waiting = new Map<number, Waiting>()
  let lastExchange = WHOLE_STREAM
  let isOpen = true
  let retired = false

  function end(reason: LoremeshError): void {
    isOpen = false
    for (const { reject } of waiting.values()) reject(reason)
    waiting.clear()
  }

  function onFrame(frame: Uint8Array): void {
    const answer = parseAnswer(frame, maxAnswerBytes)
    if (answer.type === 'refusal' && answer.exchange === WHOLE_STREAM) {
      throw new LoremeshError(answer.code, `The peer closed the stream: ${answer.message}`)
    }
    const asked = waiting.get(answer.exchange)
    if (asked === undefined) throw new LoremeshError('bad-encoding', 'The peer answered what was not asked')
    waiting.delete(answer.exchange)
    if (answer.type === 'answer') asked.resolve(answer.body)
    else asked.reject(new LoremeshError(answer.code, answer.message))
    closeWhenIdle()
  }

  const frames = openFrameStream(stream, maxAnswerFrameBytes(maxAnswerBytes), {
    onFrame,
    onClosed: (reason) => end(reason ?? new LoremeshError('not-connected', 'The peer closed the stream')),
  })

  function closeWhenIdle(): void {
    if (retired && waiting.size === 0) frames.close()
  }

  return {
    get isOpen() {
      return isOpen && !retired
    },
    retire() {
      retired = true
      closeWhenIdle()
    },
    async request(body, signal) {
      if (!isOpen) throw new LoremeshError('not-connected', 'The stream to the peer is closed', 'Try again')
      if (waiting.size >= MAX_WAITING) {
        throw new LoremeshError(
          'rate-limited',
          'Too many requests wait for this peer',
          'Try again in a moment',
        )
      }
      const exchange = ++lastExchange
      const answered = new Promise<Uint8Array>((resolve, reject) =>
        waiting.set(exchange, { resolve, reject }),
      )
      frames.send(encodeExchange(exchange, body))
      // A request that was given up stays in `waiting`, for its answer may still come.
      return abortable(answered, signal)
    },
  }
}
