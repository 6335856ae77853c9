import type { Connection } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Link } from '../../ports/network.ts'
import { toLibp2pPeerId, toPeerId } from './addresses.ts'
import { linkKind, rankConnections } from './connection-choice.ts'
import type { PeerNode } from './start-libp2p.ts'

/** The open connections, seen as one link a peer. */
export interface Links {
  /** The connection to use; undefined when there is none. */
  bestConnection(peerId: PeerId): Connection | undefined
  /** Open connections to a peer, best first. */
  connections(peerId: PeerId): readonly Connection[]
  link(peerId: PeerId): Link | undefined
  list(): readonly Link[]
  /** Addresses that the peer has told of itself. */
  addressesOf(peerId: PeerId): Promise<readonly string[]>
  isServer(peerId: PeerId): boolean
  /** Peers, not servers, that are linked directly. */
  directPeers(): readonly PeerId[]
  /** Those of them that hold a reservation here, so that others can be led to them. */
  introducible(): readonly PeerId[]
}

/** Links over the node's connections. */
export function createLinks(node: PeerNode, { servers }: { readonly servers: ReadonlySet<PeerId> }): Links {
  const local = toPeerId(node.peerId)
  const { relay } = node.services

  function connections(remote: PeerId): readonly Connection[] {
    return rankConnections(node.getConnections(toLibp2pPeerId(remote)), { local, remote })
  }

  function toLink(peerId: PeerId, connection: Connection): Link {
    return {
      peerId,
      kind: linkKind(connection),
      direction: connection.direction,
      remoteAddress: connection.remoteAddr.toString(),
      rttMs: connection.rtt ?? Number.NaN,
      openedAtMs: connection.timeline.open,
      isServer: servers.has(peerId),
    }
  }

  function link(peerId: PeerId): Link | undefined {
    const [best] = connections(peerId)
    return best === undefined ? undefined : toLink(peerId, best)
  }

  function list(): readonly Link[] {
    const peers = new Set(node.getConnections().map((connection) => toPeerId(connection.remotePeer)))
    return [...peers].map(link).filter((found) => found !== undefined)
  }

  function directPeers(): readonly PeerId[] {
    return list()
      .filter((found) => found.kind !== 'relay' && !found.isServer)
      .map((found) => found.peerId)
  }

  async function addressesOf(peerId: PeerId): Promise<readonly string[]> {
    const id = toLibp2pPeerId(peerId)
    if (!(await node.peerStore.has(id))) return []
    const { addresses } = await node.peerStore.get(id)
    return addresses.map(({ multiaddr }) => {
      const text = multiaddr.toString()
      return text.endsWith(`/p2p/${peerId}`) ? text : `${text}/p2p/${peerId}`
    })
  }

  return {
    addressesOf,
    bestConnection: (peerId) => connections(peerId)[0],
    connections,
    link,
    list,
    isServer: (peerId) => servers.has(peerId),
    directPeers,
    introducible: () => directPeers().filter((peerId) => relay.reservations.has(toLibp2pPeerId(peerId))),
  }
}
