import type { Stream } from '@libp2p/interface'
import { encodeStreamRefusal } from '../../protocols/exchange.ts'
import { createResponder, maxRequestFrameBytes, type ResponderLimits } from '../../protocols/responder.ts'
import { openFrameStream } from './frame-stream.ts'

/** What a stream's peer is held to. */
export interface StreamGuard {
  /** Asked before every request. */
  readonly mayAsk: () => boolean
  /** Told when the peer broke the protocol. */
  readonly onBreach: () => void
}

/** Answers every exchange that comes over a stream. */
export function serveExchanges(
  stream: Stream,
  components: StreamGuard & { readonly answer: (body: Uint8Array) => Promise<Uint8Array> },
  limits: ResponderLimits,
): void {
  const responder = createResponder({ ...components, send: (frame) => frames.send(frame) }, limits)
  const frames = openFrameStream(stream, maxRequestFrameBytes(limits), {
    onFrame: (frame) => responder.onFrame(frame),
    onClosed: () => undefined,
    onBreach: components.onBreach,
    encodeLastWords: encodeStreamRefusal,
  })
}
