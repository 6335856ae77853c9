import type { Stream } from '@libp2p/interface'
import { toLoremeshError, type LoremeshError } from '../../domain/kernel/errors.ts'
import { isBreach } from '../../protocols/cut-off.ts'
import { createFrameWatch, type RunLater } from '../../protocols/frame-watch.ts'
import { createFrameDecoder } from '../../protocols/framing.ts'
import { createSendWatch } from '../../protocols/send-watch.ts'
import { abortable } from './abortable.ts'

/** How long a refused stream may take to carry its last message away. */
const CLOSE_TIMEOUT_MS = 2_000
/** Bytes that may wait to be sent; a peer that reads too slowly loses the stream. */
const MAX_WAITING_BYTES = 1_048_576

/** A libp2p stream that carries frames. */
export interface FrameStream {
  /** Sends a frame; nothing happens on a closed stream, for `onClosed` tells. */
  send(frame: Uint8Array): void
  /** True when nothing more should be sent before `drained`. */
  readonly isFull: boolean
  /** Resolves when there is room to send; rejects when the stream closes or the signal fires. */
  drained(signal: AbortSignal): Promise<void>
  /** Ends the stream in peace. */
  close(): void
}

export interface FrameStreamHandlers {
  /** Gets each frame's body, which is only valid during the call. What it throws breaks the stream. */
  onFrame(frame: Uint8Array): void
  /** Called once; with the reason unless the stream ended in peace. */
  onClosed(reason: LoremeshError | undefined): void
  /** Called when the other side broke the protocol, after `onClosed`. */
  onBreach?(): void
  /** The frame that tells the other side why the stream breaks; without it the stream is just reset. */
  encodeLastWords?(reason: LoremeshError): Uint8Array
}

const later: RunLater = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/**
 * Reads and writes frames of at most `maxFrameBytes` on a stream. One that is begun and not finished in time, and a peer
 * that does not read, break it with a `timeout`.
 */
export function openFrameStream(
  stream: Stream,
  maxFrameBytes: number,
  handlers: FrameStreamHandlers,
): FrameStream {
  const decoder = createFrameDecoder(maxFrameBytes)
  const incoming = createFrameWatch({ decoder, later }, breakStream)
  const outgoing = createSendWatch({ waitingBytes: () => stream.writeBufferLength, later }, breakStream)
  let open = true
  stream.maxWriteBufferLength = MAX_WAITING_BYTES

  function finish(reason: LoremeshError | undefined): void {
    if (!open) return
    open = false
    incoming.stop()
    outgoing.stop()
    handlers.onClosed(reason)
  }

  function send(frame: Uint8Array): void {
    try {
      stream.send(frame)
      if (open) outgoing.sent(frame.length)
    } catch {
      // The stream has just closed: its 'close' event says so.
    }
  }

  async function endStream(reason?: LoremeshError): Promise<void> {
    try {
      await stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
      if (reason !== undefined) stream.abort(reason)
    } catch (error) {
      stream.abort(toLoremeshError(error))
    }
  }

  function breakStream(reason: LoremeshError): void {
    if (!open) return
    finish(reason)
    if (isBreach(reason)) handlers.onBreach?.()
    if (handlers.encodeLastWords === undefined) {
      stream.abort(reason)
    } else {
      send(handlers.encodeLastWords(reason))
      void endStream(reason)
    }
  }

  stream.addEventListener('message', ({ data }) => {
    if (!open) return
    try {
      for (const frame of decoder.push(data.subarray())) handlers.onFrame(frame)
      incoming.look()
    } catch (error) {
      breakStream(toLoremeshError(error))
    }
  })
  stream.addEventListener('end', () => {
    try {
      decoder.end()
      finish(undefined)
      void endStream()
    } catch (error) {
      breakStream(toLoremeshError(error))
    }
  })
  stream.addEventListener('close', ({ error }) =>
    finish(error === undefined ? undefined : toLoremeshError(error)),
  )

  return {
    send,
    get isFull() {
      return stream.writableNeedsDrain
    },
    drained(signal) {
      if (!stream.writableNeedsDrain) return Promise.resolve()
      let stop: () => void = () => undefined
      const drained = new Promise<void>((resolve, reject) => {
        const onClose = () => reject(toLoremeshError(new Error('The stream closed')))
        const onDrain = () => resolve()
        stream.addEventListener('drain', onDrain, { once: true })
        stream.addEventListener('close', onClose, { once: true })
        stop = () => {
          stream.removeEventListener('drain', onDrain)
          stream.removeEventListener('close', onClose)
        }
      })
      return abortable(drained, signal).finally(stop)
    },
    close() {
      finish(undefined)
      void endStream()
    },
  }
}
