import type { Connection, Stream } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import { toPeerId } from './addresses.ts'
import { linkKind, SETTLED_MS } from './connection-choice.ts'
import type { Links } from './links.ts'
import type { PeerNode } from './start-libp2p.ts'

const SWEEP_MS = 1_000

const GOSSIP = '/meshsub/'

/** Tidies the connections until the returned function is called. */
export type StopLinkKeeper = () => void

/**
 * Every second, for each peer with more than one connection: moves this peer's streams to the best one, and closes those
 * that nothing uses any more. A left-over relayed connection makes later dials through that peer fail; of two direct
 * ones, left by simultaneous dials, the side with the smaller peer id closes the worse. Then it sees to it that every
 * direct peer has a gossip stream: gossipsub does not reopen one whose connection closed while another stays open.
 */
export function startLinkKeeper(components: {
  readonly node: PeerNode
  readonly links: Links
  readonly clock: Pick<Clock, 'nowMs' | 'every'>
  /** Lets go of a connection that is not the best one. */
  readonly retire: (connection: Connection) => void
}): StopLinkKeeper {
  const { node, links, clock, retire } = components
  const local = toPeerId(node.peerId)
  const gossip = gossipInternals(node.services.pubsub)

  function tidy(peerId: PeerId): void {
    const [best, ...others] = links.connections(peerId)
    if (best === undefined || linkKind(best) === 'relay') return
    for (const other of others) {
      retire(other)
      const oursToClose = linkKind(other) === 'relay' || local < peerId
      const settled = clock.nowMs() - Math.max(best.timeline.open, other.timeline.open) >= SETTLED_MS
      if (oursToClose && settled && !other.streams.some(isInUse)) void other.close().catch(() => undefined)
    }
    healGossip(best)
  }

  function healGossip(best: Connection): void {
    const settled = clock.nowMs() - best.timeline.open >= SETTLED_MS
    const gossips = node.services.pubsub.getPeers().some((peer) => peer.equals(best.remotePeer))
    const streams = node.getConnections(best.remotePeer).flatMap((connection) => connection.streams)
    if (settled && gossips && !streams.some(isOwnGossipStream)) gossip.onPeerConnected(best.remotePeer, best)
  }

  return clock.every(SWEEP_MS, () => {
    for (const { peerId } of links.list()) tidy(peerId)
  })
}

/** Gossip moves by itself and a ping is over in a moment; everything else keeps a connection open. */
function isInUse(stream: Stream): boolean {
  return !stream.protocol.startsWith(GOSSIP) && stream.protocol !== PING_PROTOCOL
}

function isOwnGossipStream(stream: Stream): boolean {
  return stream.direction === 'outbound' && (stream.protocol.startsWith(GOSSIP) || stream.protocol === '')
}

/** The one method of gossipsub 17 that reopens a stream; its type is not published. */
interface GossipInternals {
  onPeerConnected(peerId: Connection['remotePeer'], connection: Connection): void
}

function gossipInternals(pubsub: object): GossipInternals {
  if (!('onPeerConnected' in pubsub) || typeof pubsub.onPeerConnected !== 'function') {
    throw new Error('@libp2p/gossipsub has changed: check how a lost gossip stream is reopened')
  }
  return pubsub as GossipInternals
}
