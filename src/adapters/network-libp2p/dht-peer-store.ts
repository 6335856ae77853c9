import { KEEP_ALIVE, type Peer, type PeerId, type PeerStore } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What was read or written of a peer is good for so long: libp2p drops addresses that nobody named for an hour. */
const FRESH_MS = 60_000
const MAX_KNOWN = 512
/** Addresses of one peer that are kept. */
const MAX_ADDRESSES = 8

type PeerData = Parameters<PeerStore['merge']>[1]

interface Known {
  readonly peer: Peer
  /** Addresses that were written, in the form in which they came: the store keeps them in another. */
  readonly written: readonly Multiaddr[]
  readonly atMs: number
}

/**
 * The peer store as the DHT uses it. kad-dht reads nine peers for each answer and writes one for each provider record,
 * and libp2p's store takes a lock, decodes and encodes each time; so what was read is remembered until it changes, and
 * what is known is not written again. Tags that have libp2p dial a peer again and again are left out.
 */
export function createDhtPeerStore(
  { peerStore, events }: Pick<KadDHTComponents, 'peerStore' | 'events'>,
  monotonicMs: () => number,
): Pick<PeerStore, 'get' | 'getInfo' | 'merge'> {
  /** Whoever was noted longest ago comes first. */
  const peers = new Map<string, Known>()
  events.addEventListener('peer:update', ({ detail: { peer } }) => peers.delete(peer.id.toString()))

  function remember(peer: Peer, written: readonly Multiaddr[] = []): Peer {
    const id = peer.id.toString()
    peers.delete(id)
    peers.set(id, { peer, written, atMs: monotonicMs() })
    const [oldest] = peers.keys()
    if (peers.size > MAX_KNOWN && oldest !== undefined) peers.delete(oldest)
    return peer
  }

  function recall(peerId: PeerId): Known | undefined {
    const known = peers.get(peerId.toString())
    return known !== undefined && monotonicMs() - known.atMs < FRESH_MS ? known : undefined
  }

  async function get(...[peerId, options]: Parameters<PeerStore['get']>): Promise<Peer> {
    return recall(peerId)?.peer ?? remember(await peerStore.get(peerId, options))
  }

  return {
    get,
    async getInfo(peerId, options) {
      const { id, addresses } = await get(peerId, options)
      return { id, multiaddrs: addresses.map(({ multiaddr }) => multiaddr) }
    },
    async merge(peerId, data, options) {
      const bounded = withinBounds(data)
      const known = recall(peerId)
      if (known !== undefined && addsNothing(bounded, known)) return known.peer
      return remember(await peerStore.merge(peerId, bounded, options), bounded.multiaddrs)
    },
  }
}

function addsNothing({ multiaddrs = [], ...others }: PeerData, { written }: Known): boolean {
  const isWritten = (address: Multiaddr): boolean => written.some((other) => other.equals(address))
  return Object.keys(others).length === 0 && multiaddrs.every(isWritten)
}

/** Without the tags that make libp2p dial a peer again and again, and with a few addresses only. */
function withinBounds(data: PeerData): PeerData {
  const { tags, multiaddrs, ...rest } = data
  return {
    ...rest,
    ...(multiaddrs === undefined ? {} : { multiaddrs: multiaddrs.slice(0, MAX_ADDRESSES) }),
    ...(tags === undefined
      ? {}
      : {
          tags: Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith(KEEP_ALIVE))),
        }),
  }
}
