import { LoremeshError } from '../domain/kernel/errors.ts'
import type { FrameDecoder, UnfinishedFrame } from './framing.ts'

/** Time that every frame gets from its first byte on. */
const FRAME_MS = 3_000
/** When this program itself was held up, timers run before what has come meanwhile: so long that is waited for. */
export const GRACE_MS = 250
/** Besides, a frame comes at least this fast: 32 KiB a second, a quarter of a slow link. */
const FRAME_BYTES_PER_MS = 32

/** Runs a function later, unless the returned one is called before. */
export type RunLater = (ms: number, run: () => void) => () => void

/** Sees to it that frames which were begun are finished. */
export interface FrameWatch {
  /** To be called after every chunk that the decoder got. */
  look(): void
  stop(): void
}

/** Calls `onLate` once, with a `timeout`, when a frame that was begun is not complete in time. */
export function createFrameWatch(
  { decoder, later }: { readonly decoder: Pick<FrameDecoder, 'unfinished'>; readonly later: RunLater },
  onLate: (reason: LoremeshError) => void,
): FrameWatch {
  let watched: UnfinishedFrame | undefined
  let cancel: () => void = () => undefined

  function wait(frame: UnfinishedFrame, waitedMs: number): void {
    const ms = FRAME_MS + frame.bytes / FRAME_BYTES_PER_MS - waitedMs
    cancel = later(ms, () => {
      // Its length was not known yet when the wait began.
      if (FRAME_MS + frame.bytes / FRAME_BYTES_PER_MS > waitedMs + ms) wait(frame, waitedMs + ms)
      else cancel = later(GRACE_MS, giveUp)
    })
  }

  function giveUp(): void {
    onLate(new LoremeshError('timeout', 'A message was begun and not finished in time'))
  }

  return {
    look() {
      if (decoder.unfinished === watched) return
      cancel()
      watched = decoder.unfinished
      if (watched !== undefined) wait(watched, 0)
    },
    stop: () => cancel(),
  }
}
