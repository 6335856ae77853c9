import { createRateLimiter } from '../domain/kernel/token-bucket.ts'
import { CUT_OFF_MS, CUT_OFF_SCORE, SENDER_RATE } from './gossip.ts'

/** Peers cut off that are remembered; the one that was cut off first gives way. */
const MAX_REMEMBERED = 4_096

/** Keeps away whoever sends invalid messages, or more than any honest node does. */
export interface CutOff {
  /** Whether connections with the peer are refused at present. */
  isCutOff(peerId: string): boolean
  /** Counts a message of the peer; false when it was one too many, which cuts it off. */
  takeMessage(peerId: string): boolean
  /** Cuts off those of the peers whose score is too low. */
  review(peerIds: readonly string[]): void
}

/** Nobody is cut off yet. `close` ends the connections of a peer that is now. */
export function createCutOff(components: {
  readonly monotonicMs: () => number
  readonly scoreOf: (peerId: string) => number
  readonly close: (peerId: string) => void
}): CutOff {
  const { monotonicMs, scoreOf, close } = components
  const limiter = createRateLimiter(SENDER_RATE, monotonicMs)
  /** When it ends, for every peer. */
  const ends = new Map<string, number>()

  function cutOff(peerId: string): void {
    ends.delete(peerId)
    ends.set(peerId, monotonicMs() + CUT_OFF_MS)
    const [oldest] = ends.keys()
    if (oldest !== undefined && ends.size > MAX_REMEMBERED) ends.delete(oldest)
    close(peerId)
  }

  return {
    isCutOff: (peerId) => (ends.get(peerId) ?? -Infinity) > monotonicMs(),
    takeMessage(peerId) {
      if (limiter.take(peerId)) return true
      cutOff(peerId)
      return false
    },
    review(peerIds) {
      for (const peerId of peerIds) if (scoreOf(peerId) < CUT_OFF_SCORE) cutOff(peerId)
    },
  }
}
