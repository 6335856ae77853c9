import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { toLibp2pPeerId } from './addresses.ts'
import type { Links } from './links.ts'
import type { PeerNode } from './start-libp2p.ts'

/** A link that carried a request this recently is not closed to make room. */
const BUSY_MS = 10_000

/** Keeps the number of direct links within bounds. */
export interface LinkRoom {
  /** Notes that the link to the peer carries a request. */
  touch(peerId: PeerId): void
  forget(peerId: PeerId): void
  /** True when an inbound connection of this peer may be taken. */
  hasRoomFor(peerId: string): boolean
  /** Closes the link that was used longest ago if there is no room; throws `not-connected` when all are in use. */
  makeRoom(): Promise<void>
}

/** Room for `maxDirectLinks` direct links besides those to servers. */
export function createLinkRoom(
  components: {
    readonly node: PeerNode
    readonly links: Links
    readonly clock: Pick<Clock, 'nowMs'>
  },
  { maxDirectLinks }: { readonly maxDirectLinks: number },
): LinkRoom {
  const { node, links, clock } = components
  const usedAtMs = new Map<PeerId, number>()

  return {
    touch: (peerId) => void usedAtMs.set(peerId, clock.nowMs()),
    forget: (peerId) => void usedAtMs.delete(peerId),
    hasRoomFor(peerId) {
      const peers: readonly string[] = links.directPeers()
      return peers.length < maxDirectLinks || peers.includes(peerId)
    },
    async makeRoom() {
      const peers = links.directPeers()
      if (peers.length < maxDirectLinks) return
      const [idlest] = [...peers].sort((a, b) => (usedAtMs.get(a) ?? 0) - (usedAtMs.get(b) ?? 0))
      if (idlest === undefined || clock.nowMs() - (usedAtMs.get(idlest) ?? 0) < BUSY_MS) {
        throw new LoremeshError(
          'not-connected',
          `All ${maxDirectLinks} links are in use`,
          'Try again in a moment',
        )
      }
      await node.hangUp(toLibp2pPeerId(idlest))
    },
  }
}
