import type { Stream } from '@libp2p/interface'
import { encodeStreamRefusal } from '../../protocols/exchange.ts'
import { createResponder, maxRequestFrameBytes, type ResponderLimits } from '../../protocols/responder.ts'
import { openFrameStream } from './frame-stream.ts'

/** Answers every exchange that comes over a stream. */
export function serveExchanges(
  stream: Stream,
  components: {
    readonly answer: (body: Uint8Array) => Promise<Uint8Array>
    readonly mayAsk: () => boolean
  },
  limits: ResponderLimits,
): void {
  const responder = createResponder({ ...components, send: (frame) => frames.send(frame) }, limits)
  const frames = openFrameStream(stream, maxRequestFrameBytes(limits), {
    onFrame: (frame) => responder.onFrame(frame),
    onClosed: () => undefined,
    encodeLastWords: encodeStreamRefusal,
  })
}
