import type { PeerId } from '../identity/account.ts'

/** A neighbour that holds a reservation for this peer, and so can lead others here. */
export interface IntroducerCandidate {
  readonly peerId: PeerId
  /** How long it has been linked. */
  readonly linkedMs: number
  /** Last measured round trip; NaN before the first. */
  readonly rttMs: number
}

/** Introducers that a peer publishes: one may leave at any moment, and each costs an address in every record. */
export const PUBLISHED_INTRODUCERS = 3
/** Who has stayed this long is likely to stay on; most of those who leave do so soon after they came. */
const STEADY_MS = 60_000

/**
 * The neighbours through which others are told to reach this peer, best first. Those published already stay as long as
 * they are candidates, for others have noted them; then come steady ones, and of these the nearest.
 */
export function chooseIntroducers(
  candidates: readonly IntroducerCandidate[],
  published: ReadonlySet<PeerId>,
  wanted = PUBLISHED_INTRODUCERS,
): readonly PeerId[] {
  const rank = ({ peerId, linkedMs }: IntroducerCandidate): number =>
    published.has(peerId) ? 0 : linkedMs >= STEADY_MS ? 1 : 2
  const distance = ({ rttMs }: IntroducerCandidate): number => (Number.isNaN(rttMs) ? Infinity : rttMs)
  return [...candidates]
    .sort(
      (a, b) => rank(a) - rank(b) || Math.sign(distance(a) - distance(b)) || (a.peerId < b.peerId ? -1 : 1),
    )
    .slice(0, wanted)
    .map(({ peerId }) => peerId)
}
