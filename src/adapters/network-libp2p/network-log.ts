import type { Clock } from '../../ports/clock.ts'
import type { NetworkEvent } from '../../ports/network.ts'

/** Events that are kept. */
const MAX_EVENTS = 200
/** The same again within this time is not noted twice. */
const REPEAT_MS = 60_000

/** The newest of what happened to the connections. */
export interface NetworkLog {
  note(event: Omit<NetworkEvent, 'atMs'>): void
  /** Oldest first. */
  events(): readonly NetworkEvent[]
}

/** An empty log. */
export function createNetworkLog(clock: Pick<Clock, 'nowMs'>): NetworkLog {
  let events: readonly NetworkEvent[] = []
  return {
    note(event) {
      const atMs = clock.nowMs()
      const isRepeated = events.some(
        (other) =>
          atMs - other.atMs < REPEAT_MS &&
          event.failure !== null &&
          other.failure === event.failure &&
          other.peerId === event.peerId &&
          other.message === event.message,
      )
      if (!isRepeated) events = [...events, { ...event, atMs }].slice(-MAX_EVENTS)
    },
    events: () => events,
  }
}
