import type { Stream } from '@libp2p/interface'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import { maxAnswerFrameBytes } from '../src/protocols/exchange.ts'
import { createFrameDecoder } from '../src/protocols/framing.ts'
import { createRequester } from '../src/protocols/requester.ts'

const MAX_WAITING_BYTES = 8_388_608

/** The asking end of one stream of exchanges. */
export interface StreamRequester {
  readonly isOpen: boolean
  /** The answer's body. Rejects with what the other side refuses with, and with the reason when the stream breaks. */
  request(body: Uint8Array): Promise<Uint8Array>
}

/** Speaks the asking end over a stream; answers have at most `maxAnswerBytes`. */
export function openRequester(stream: Stream, maxAnswerBytes: number): StreamRequester {
  const decoder = createFrameDecoder(maxAnswerFrameBytes(maxAnswerBytes))
  const requester = createRequester({ send }, { maxAnswerBytes })
  let isOpen = true
  stream.maxWriteBufferLength = MAX_WAITING_BYTES

  function send(frame: Uint8Array): void {
    // Of a stream that has just closed its 'close' event tells.
    if (stream.writeStatus === 'writable') stream.send(frame)
  }

  function end(reason: LoremeshError): void {
    isOpen = false
    requester.end(reason)
  }

  stream.addEventListener('message', ({ data }) => {
    if (!isOpen) return
    try {
      for (const frame of decoder.push(data.subarray())) requester.onFrame(frame)
    } catch (error) {
      const reason = toLoremeshError(error)
      end(reason)
      stream.abort(reason)
    }
  })
  stream.addEventListener('end', () => {
    end(closed())
    stream.close().catch((error: unknown) => stream.abort(toLoremeshError(error)))
  })
  stream.addEventListener('close', () => end(closed()))

  return {
    get isOpen() {
      return isOpen
    },
    request: (body) => requester.request(body),
  }
}

function closed(): LoremeshError {
  return new LoremeshError('not-connected', 'The other side closed the stream', 'Try again')
}
