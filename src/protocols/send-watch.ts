import { LoremeshError } from '../domain/kernel/errors.ts'
import { GRACE_MS, type RunLater } from './frame-watch.ts'

/** Whoever takes nothing for so long, while something waits for it, does not read. */
const STALL_MS = 5_000

/** Sees to it that what is sent gets away. */
export interface SendWatch {
  /** To be called after every send, with what was sent. */
  sent(bytes: number): void
  stop(): void
}

/** Calls `onStalled` once, with a `timeout`, when something waits to be sent and none of it gets away. */
export function createSendWatch(
  components: {
    /** Bytes that wait here to be sent. */
    readonly waitingBytes: () => number
    readonly later: RunLater
  },
  onStalled: (reason: LoremeshError) => void,
): SendWatch {
  const { waitingBytes, later } = components
  let sentBytes = 0
  let cancel: (() => void) | undefined

  function watch(): void {
    const gone = sentBytes - waitingBytes()
    const isStalled = (): boolean => waitingBytes() > 0 && sentBytes - waitingBytes() === gone
    const goOn = (): void => {
      cancel = undefined
      if (waitingBytes() > 0) watch()
    }
    cancel = later(STALL_MS, () => {
      if (!isStalled()) goOn()
      else {
        cancel = later(GRACE_MS, () => {
          if (isStalled()) onStalled(new LoremeshError('timeout', 'What was sent was not taken in time'))
          else goOn()
        })
      }
    })
  }

  return {
    sent(bytes) {
      sentBytes += bytes
      if (cancel === undefined && waitingBytes() > 0) watch()
    },
    stop: () => cancel?.(),
  }
}
