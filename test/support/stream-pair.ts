import { StreamAbortEvent, StreamCloseEvent, StreamMessageEvent, type Stream } from '@libp2p/interface'

/** One end of a stream in memory: what libp2p's stream does for the frames over it, and nothing else. */
class StreamEnd extends EventTarget {
  other: StreamEnd = this
  maxWriteBufferLength = 0
  readonly writeBufferLength = 0
  /** To be set by a test: the stream takes no more until `drain` is dispatched. */
  writableNeedsDrain = false
  #open = true

  send(bytes: Uint8Array): boolean {
    if (!this.#open) throw new Error('The stream is closed')
    const data = bytes.slice()
    queueMicrotask(() => this.other.dispatchEvent(new StreamMessageEvent(data)))
    return !this.writableNeedsDrain
  }

  close(): Promise<void> {
    if (this.#open) {
      this.#open = false
      queueMicrotask(() => {
        this.other.dispatchEvent(new Event('end'))
        this.dispatchEvent(new StreamCloseEvent())
      })
    }
    return Promise.resolve()
  }

  abort(reason: Error): void {
    for (const end of [this, this.other]) {
      if (!end.#open) continue
      end.#open = false
      queueMicrotask(() => end.dispatchEvent(new StreamAbortEvent(reason)))
    }
  }
}

/** The two ends of a stream in this process, which carries each message in a microtask of its own. */
export function createStreamPair(): readonly [Stream, Stream] {
  const [near, far] = [new StreamEnd(), new StreamEnd()]
  near.other = far
  far.other = near
  return [near as unknown as Stream, far as unknown as Stream]
}
