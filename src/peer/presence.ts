import { isLoremeshError } from '../domain/kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting, SharedContext } from '../ports/context-routing.ts'

const DEFAULT_INTERVAL_MS = 30_000
const ANNOUNCE_TIMEOUT_MS = 10_000
const SOON_MS = 500

/** Keeps telling the routing what this peer shares, so that others find it and see it alive. */
export interface Presence {
  /** Announces now; later calls while one is under way are joined into one more. */
  announce(): Promise<void>
  /** Announces in half a second, together with what changes until then. */
  announceSoon(): void
  /** Announces no more by itself. */
  stop(): void
}

/** Creates the heartbeat of what `sharedContexts` gives; it beats as often as the routing asks for. */
export function createPresence(
  components: { readonly routing: ContextRouting; readonly clock: Clock },
  options: { readonly sharedContexts: () => Promise<readonly SharedContext[]> },
): Presence {
  const { routing, clock } = components
  let intervalMs = DEFAULT_INTERVAL_MS
  let stopBeat = clock.every(intervalMs, beat)
  let running: Promise<void> | undefined
  let again = false
  let planned = false
  let stopped = false

  async function announceOnce(): Promise<void> {
    const contexts = await options.sharedContexts()
    try {
      const reply = await routing.provide(contexts, clock.deadline(ANNOUNCE_TIMEOUT_MS))
      if (reply.intervalMs !== intervalMs && !stopped) {
        intervalMs = reply.intervalMs
        stopBeat()
        stopBeat = clock.every(intervalMs, beat)
      }
    } catch (error) {
      // Without a tracker the next beat tries again; what is connected already works on.
      if (!isLoremeshError(error)) throw error
    }
  }

  async function announce(): Promise<void> {
    if (running !== undefined) {
      again = true
      return running
    }
    running = announceOnce().finally(() => (running = undefined))
    await running
    if (again && !stopped) {
      again = false
      await announce()
    }
  }

  /** Announces with nobody waiting for it: what fails, such as reading the library, is tried again at the next beat. */
  function beat(): void {
    if (!stopped) void announce().catch(() => undefined)
  }

  async function beatAfterDelay(): Promise<void> {
    await clock.sleep(SOON_MS)
    planned = false
    beat()
  }

  return {
    announce,
    announceSoon() {
      if (planned || stopped) return
      planned = true
      void beatAfterDelay()
    },
    stop() {
      stopped = true
      stopBeat()
    },
  }
}
