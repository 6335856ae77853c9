import type { Clock } from '../ports/clock.ts'

/** How often the time is looked at. */
const TICK_MS = 5_000
/** A tick that comes so much late was not slow, but asleep. */
const ASLEEP_MS = 25_000

/** A time in which this peer could do nothing: the device slept, or the browser had stopped or discarded the page. */
export interface Sleep {
  readonly endedAtMs: number
  readonly durationMs: number
}

/** Notices that the peer was asleep. */
export interface WakeWatch {
  /** Looks at once; to be called when there is a sign of waking. */
  check(): void
  stop(): void
}

/** Creates it; `onWake` is called after each sleep, which is told by a jump of the time. */
export function createWakeWatch(
  { clock }: { readonly clock: Pick<Clock, 'nowMs' | 'every'> },
  { onWake }: { readonly onWake: (sleep: Sleep) => void },
): WakeWatch {
  let lastMs = clock.nowMs()

  function check(): void {
    const endedAtMs = clock.nowMs()
    const durationMs = endedAtMs - lastMs
    lastMs = endedAtMs
    if (durationMs >= TICK_MS + ASLEEP_MS) onWake({ endedAtMs, durationMs })
  }

  return { check, stop: clock.every(TICK_MS, check) }
}
