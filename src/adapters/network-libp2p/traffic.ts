import type { Connection } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import { networkGroupOf } from '../../domain/network/network-group.ts'
import { toPeerId } from './addresses.ts'
import { linkKind } from './connection-choice.ts'
import { bytesOfConnection, peerConnectionOf, readPeerConnection } from './connection-internals.ts'
import type { PeerNode } from './start-libp2p.ts'

/** What the links to a peer have carried, and where the peer is. */
interface PeerTraffic {
  readonly bytesIn: number
  readonly bytesOut: number
  /** By `networkGroupOf`; empty while unknown. */
  readonly networkGroup: string
}

/** Counts what every connection carries. */
export interface Traffic {
  of(peerId: PeerId): PeerTraffic
  /** Reads the counters of all WebRTC connections; until then they stand still. */
  refresh(): Promise<void>
}

interface Counted {
  readonly peerId: PeerId
  bytesIn: number
  bytesOut: number
  networkGroup: string
}

const NOTHING: PeerTraffic = { bytesIn: 0, bytesOut: 0, networkGroup: '' }

/** Counts from now on; what is known of a peer is forgotten with its last connection. */
export function createTraffic(node: PeerNode): Traffic {
  const counted = new Map<Connection, Counted>()

  node.addEventListener('connection:open', ({ detail: connection }) => {
    const entry: Counted = { peerId: toPeerId(connection.remotePeer), ...NOTHING }
    counted.set(connection, entry)
    if (linkKind(connection) === 'websocket') entry.networkGroup = groupOfListener(connection)
    if (peerConnectionOf(connection) === undefined) bytesOfConnection(connection, entry)
  })
  node.addEventListener('connection:close', ({ detail: connection }) => {
    const left = node.getConnections(connection.remotePeer).filter((other) => other !== connection)
    if (left.length > 0) return
    const peerId = toPeerId(connection.remotePeer)
    for (const [known, entry] of counted) if (entry.peerId === peerId) counted.delete(known)
  })

  return {
    of(peerId) {
      const entries = [...counted.values()].filter((entry) => entry.peerId === peerId)
      return {
        bytesIn: entries.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
        bytesOut: entries.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
        networkGroup: entries.findLast(({ networkGroup }) => networkGroup !== '')?.networkGroup ?? '',
      }
    },
    async refresh() {
      const readings = [...counted].map(async ([connection, entry]) => {
        const peerConnection = connection.status === 'open' ? peerConnectionOf(connection) : undefined
        if (peerConnection === undefined) return
        const { remoteAddress, ...bytes } = await readPeerConnection(peerConnection)
        Object.assign(entry, bytes, { networkGroup: networkGroupOf(remoteAddress) })
      })
      // One that closed meanwhile has no counters any more.
      await Promise.allSettled(readings)
    },
  }
}

/** The network of the address at which the other side listens; of one that dialled in, that of the address it came from. */
function groupOfListener({ remoteAddr }: Connection): string {
  const [host] = remoteAddr.getComponents()
  return host?.name === 'ip4' || host?.name === 'ip6' ? networkGroupOf(host.value ?? '') : ''
}
