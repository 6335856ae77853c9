import type { ContextHash } from '../src/domain/content/context-hash.ts'
import { unknownPeer, type AnnouncedContext } from '../src/domain/tracker/announcement.ts'
import { digestOfSet } from '../src/domain/tracker/set-digest.ts'
import { createTracker, type Holder, type SwarmPeer, type Tracker } from '../src/domain/tracker/tracker.ts'
import { networkBlockOf } from './client-network.ts'

/**
 * A guest's place in the tracker: `peer_id@ip:port`. Nobody proved that name, so the address belongs to it and no guest
 * can take the place of another one.
 */
export type GuestId = `${string}@${string}:${number}`

interface GuestAnnouncement {
  /** As the guest calls itself. */
  readonly peerId: string
  /** Address of the socket that it spoke from. */
  readonly ip: string
  readonly port: number
  /** Everything that it shares. */
  readonly contexts: readonly AnnouncedContext[]
}

/** What a guest is known by. */
export interface GuestName {
  readonly peerId: string
  readonly ip: string
  readonly port: number
}

/** Peers that announced themselves over HTTP without any proof, apart from the network's own peers and few. */
export type GuestSwarm = Omit<Tracker<GuestId>, 'announce'> & {
  /** Replaces what the guest announced before; throws `bad-input` or `storage-full`. */
  announce(announcement: GuestAnnouncement, nowMs: number): void
}

/** A swarm of at most 500 guests with 1,000 contexts each and 20,000 together. */
export function createGuestSwarm(times: {
  readonly announceTtlMs: number
  readonly intervalMs: number
}): GuestSwarm {
  const tracker = createTracker<GuestId>({
    ...times,
    maxPeers: 500,
    maxContextsPerPeer: 1_000,
    maxHoldings: 20_000,
  })
  return {
    ...tracker,
    announce({ peerId, ip, port, contexts }, nowMs) {
      const byHash = new Map<ContextHash, AnnouncedContext>(contexts.map((item) => [item.contextHash, item]))
      tracker.announce(
        {
          peerId: `${peerId}@${ip}:${port}`,
          addresses: [],
          reset: true,
          added: [...byHash.values()],
          removed: [],
          digest: digestOfSet(byHash.keys()),
          seen: { ...unknownPeer, network: networkBlockOf(ip) },
        },
        nowMs,
      )
    },
  }
}

/** The parts of a guest's id. */
export function guestNameOf({ peerId: id }: Pick<SwarmPeer<GuestId> | Holder<GuestId>, 'peerId'>): GuestName {
  const at = id.lastIndexOf('@')
  const colon = id.lastIndexOf(':')
  return { peerId: id.slice(0, at), ip: id.slice(at + 1, colon), port: Number(id.slice(colon + 1)) }
}
