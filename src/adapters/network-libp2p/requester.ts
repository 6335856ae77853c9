import type { Stream } from '@libp2p/interface'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { maxAnswerFrameBytes } from '../../protocols/exchange.ts'
import { createRequester } from '../../protocols/requester.ts'
import { abortable } from './abortable.ts'
import { openFrameStream } from './frame-stream.ts'
import type { StreamSession } from './stream-pool.ts'

/** The asking end of one stream of exchanges. */
export interface StreamRequester extends StreamSession {
  /**
   * The answer's body. Throws what the other side refuses with, `timeout` or `aborted` when the signal fires, and
   * `not-connected`, `truncated`, `bad-encoding` or `message-too-large` when the stream breaks.
   */
  request(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}

/** Speaks the asking end over a stream; answers have at most `maxAnswerBytes`. */
export function openRequester(stream: Stream, maxAnswerBytes: number): StreamRequester {
  const requester = createRequester({ send: (frame) => frames.send(frame) }, { maxAnswerBytes })
  let isOpen = true
  let retired = false

  const frames = openFrameStream(stream, maxAnswerFrameBytes(maxAnswerBytes), {
    onFrame(frame) {
      requester.onFrame(frame)
      closeWhenIdle()
    },
    onClosed(reason = new LoremeshError('not-connected', 'The peer closed the stream', 'Try again')) {
      isOpen = false
      requester.end(reason)
    },
  })

  function closeWhenIdle(): void {
    if (retired && requester.waiting === 0) frames.close()
  }

  return {
    get isOpen() {
      return isOpen && !retired
    },
    retire() {
      retired = true
      closeWhenIdle()
    },
    // A request that was given up still waits in the requester, for its answer may come.
    request: (body, signal) => abortable(requester.request(body), signal),
  }
}
