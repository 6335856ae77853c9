import type { Libp2p, Stream } from '@libp2p/interface'
import { parsePeerId, type PeerId } from '../src/domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../src/domain/kernel/errors.ts'
import { createSharedRateLimiter } from '../src/domain/kernel/token-bucket.ts'
import { isBreach, type CutOff } from '../src/protocols/cut-off.ts'
import { encodeStreamRefusal } from '../src/protocols/exchange.ts'
import { createFrameWatch, type RunLater } from '../src/protocols/frame-watch.ts'
import { createFrameDecoder } from '../src/protocols/framing.ts'
import type { ProtocolLimits } from '../src/protocols/protocol-limits.ts'
import { createResponder, maxRequestFrameBytes } from '../src/protocols/responder.ts'
import { createSendWatch } from '../src/protocols/send-watch.ts'

/** Answers one request's body of an authenticated peer; what it throws becomes the refusal. */
export type RequestHandler = (body: Uint8Array, from: PeerId) => Uint8Array | Promise<Uint8Array>

const MAX_WAITING_BYTES = 4_194_304
const CLOSE_TIMEOUT_MS = 2_000

const later: RunLater = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/**
 * Serves a protocol of framed requests and answers (exchange.ts) on the server's libp2p node. Whoever breaks it, or asks
 * far more than it may, is told to `cutOff`.
 */
export async function serveRequests(
  components: {
    readonly node: Libp2p
    readonly cutOff: Pick<CutOff, 'noteBreach' | 'noteExcess'>
    readonly nowMs: () => number
  },
  handler: RequestHandler,
  limits: ProtocolLimits,
): Promise<void> {
  const { node, cutOff, nowMs } = components
  const requests = createSharedRateLimiter(limits.rate, nowMs)
  await node.handle(
    limits.id,
    (stream, { remotePeer }) => {
      const from = parsePeerId(remotePeer.toString())
      serveStream(stream, {
        answer: (body) => withinTime(handler, body, from, limits.handlerTimeoutMs),
        mayAsk() {
          const isAllowed = requests.take(from)
          if (!isAllowed) cutOff.noteExcess(from)
          return isAllowed
        },
        onBreach: () => cutOff.noteBreach(from),
        limits,
      })
    },
    { maxInboundStreams: limits.maxStreams, runOnLimitedConnection: true },
  )
}

function serveStream(
  stream: Stream,
  service: {
    readonly answer: (body: Uint8Array) => Promise<Uint8Array>
    readonly mayAsk: () => boolean
    readonly onBreach: () => void
    readonly limits: ProtocolLimits
  },
): void {
  const { limits } = service
  const decoder = createFrameDecoder(maxRequestFrameBytes(limits))
  const responder = createResponder({ ...service, send }, limits)
  const incoming = createFrameWatch({ decoder, later }, breakStream)
  const outgoing = createSendWatch({ waitingBytes: () => stream.writeBufferLength, later }, breakStream)
  let broken = false
  stream.maxWriteBufferLength = MAX_WAITING_BYTES

  function send(frame: Uint8Array): void {
    // Nobody waits for an answer on a stream that has closed meanwhile.
    if (stream.writeStatus !== 'writable') return
    stream.send(frame)
    outgoing.sent(frame.length)
  }

  function breakStream(reason: LoremeshError): void {
    if (broken) return
    broken = true
    if (isBreach(reason)) service.onBreach()
    send(encodeStreamRefusal(reason))
    void end(reason)
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
      incoming.look()
    } catch (error) {
      breakStream(toLoremeshError(error))
    }
  })
  stream.addEventListener('end', () => void end())
  stream.addEventListener('close', () => {
    incoming.stop()
    outgoing.stop()
  })
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
