import type { Libp2p, Stream } from '@libp2p/interface'
import { parsePeerId, type PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import { encodeStreamRefusal } from '../src/protocols/exchange.ts'
import { createFrameDecoder } from '../src/protocols/framing.ts'
import { createResponder, maxRequestFrameBytes, type ResponderLimits } from '../src/protocols/responder.ts'
import { createRateLimiter, type RateLimit } from '../src/domain/kernel/token-bucket.ts'

/** Answers one request's body of an authenticated peer; what it throws becomes the refusal. */
export type RequestHandler = (body: Uint8Array, from: PeerId) => Uint8Array | Promise<Uint8Array>

export interface ServiceLimits extends ResponderLimits {
  /** Requests of one peer. */
  readonly rate: RateLimit
  readonly handlerTimeoutMs: number
}

/** Streams that one connection may open; one is enough, a second one replaces a broken first. */
const MAX_STREAMS = 4
const MAX_WAITING_BYTES = 4_194_304
const CLOSE_TIMEOUT_MS = 2_000

/** Serves a protocol of framed requests and answers (exchange.ts) on the server's libp2p node. */
export async function serveRequests(
  { node, nowMs }: { readonly node: Libp2p; readonly nowMs: () => number },
  protocol: string,
  handler: RequestHandler,
  limits: ServiceLimits,
): Promise<void> {
  const limiter = createRateLimiter(limits.rate, nowMs)
  await node.handle(
    protocol,
    (stream, { remotePeer }) => {
      const from = parsePeerId(remotePeer.toString())
      serveStream(stream, {
        answer: (body) => withinTime(handler, body, from, limits.handlerTimeoutMs),
        mayAsk: () => limiter.take(from),
        limits,
      })
    },
    { maxInboundStreams: MAX_STREAMS, runOnLimitedConnection: true },
  )
}

function serveStream(
  stream: Stream,
  service: {
    readonly answer: (body: Uint8Array) => Promise<Uint8Array>
    readonly mayAsk: () => boolean
    readonly limits: ServiceLimits
  },
): void {
  const { limits } = service
  const decoder = createFrameDecoder(maxRequestFrameBytes(limits))
  const responder = createResponder({ ...service, send }, limits)
  let broken = false
  stream.maxWriteBufferLength = MAX_WAITING_BYTES

  function send(frame: Uint8Array): void {
    // Nobody waits for an answer on a stream that has closed meanwhile.
    if (stream.writeStatus === 'writable') stream.send(frame)
  }

  async function end(reason?: LoremeshError): Promise<void> {
    try {
      await stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
      if (reason !== undefined) stream.abort(reason)
    } catch (error) {
      stream.abort(toLoremeshError(error))
    }
  }

  stream.addEventListener('message', ({ data }) => {
    if (broken) return
    try {
      for (const frame of decoder.push(data.subarray())) responder.onFrame(frame)
    } catch (error) {
      broken = true
      const reason = toLoremeshError(error)
      send(encodeStreamRefusal(reason))
      void end(reason)
    }
  })
  stream.addEventListener('end', () => void end())
}

async function withinTime(
  handler: RequestHandler,
  body: Uint8Array,
  from: PeerId,
  timeoutMs: number,
): Promise<Uint8Array> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new LoremeshError('timeout', 'The server took too long', 'Try again')),
      timeoutMs,
    )
  })
  try {
    return await Promise.race([handler(body, from), late])
  } finally {
    clearTimeout(timer)
  }
}
