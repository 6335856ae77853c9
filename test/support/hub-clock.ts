import { setImmediate } from 'node:timers/promises'
import { createManualClock, type ManualClock } from './manual-clock.ts'

/** A clock that stands still for as long as anything goes on that does not wait for it. */
export interface HubClock extends ManualClock {
  /** Says that something is going on. */
  stir(): void
  /** Resolves when nothing has gone on for a while. */
  settled(): Promise<void>
}

/** The time goes on in such steps, and everything comes to rest after each. */
const STEP_MS = 1_000
/** Turns of the event loop after which whatever goes on would have said so. */
const QUIET_TURNS = 16

/** Creates the clock, which starts at `startMs`, milliseconds since 1970-01-01 UTC. */
export function createHubClock(startMs?: number): HubClock {
  const clock = createManualClock(startMs)
  let stirrings = 0

  async function settled(): Promise<void> {
    for (let quiet = 0, seen = stirrings; quiet < QUIET_TURNS; quiet++) {
      await setImmediate()
      if (stirrings === seen) continue
      seen = stirrings
      quiet = 0
    }
  }

  return {
    ...clock,
    stir() {
      stirrings += 1
    },
    settled,
    async advance(ms) {
      await settled()
      for (let left = ms; left > 0; left -= STEP_MS) {
        await clock.advance(Math.min(left, STEP_MS))
        await settled()
      }
    },
  }
}
