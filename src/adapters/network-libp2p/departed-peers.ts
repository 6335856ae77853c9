import type { Connection } from '@libp2p/interface'
import { toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { isSuperseded, linkKind } from './connection-choice.ts'
import { peerConnectionOf } from './connection-internals.ts'
import { measureRoundTrip } from './round-trip.ts'
import type { PeerNode } from './start-libp2p.ts'

const SWEEP_MS = 1_000
/** Time to answer for who is most likely gone. */
const PING_TIMEOUT_MS = 3_000
/** The same over a link that nobody needs any more: others are led to a peer over the oldest one. */
const SUPERSEDED_TIMEOUT_MS = 1_000

const GOSSIP = '/meshsub/'

/**
 * Notices peers that have left, until the returned function is called. A page that goes resets its streams, but WebRTC does
 * not tell that its connection is gone; libp2p would find out after 12 s and more. Gossip streams stay for as long as a
 * direct connection does: one that has lost them is pinged at once, and closed when no answer comes. So is one that has none
 * a sweep after it was first seen, for whoever left sooner had no time for them, one over which the browser has heard nothing
 * for seconds, as after a crash, and one whose peer has opened another, as a tab does that is opened again.
 */
export function watchDepartures(components: {
  readonly node: Pick<PeerNode, 'getConnections' | 'addEventListener' | 'removeEventListener'>
  readonly clock: Pick<Clock, 'monotonicMs' | 'deadline' | 'every'>
  readonly randomness: Randomness
}): () => void {
  const { node, clock } = components
  const seen = new WeakSet<Connection>()
  /** Connections with nothing against them the last time. */
  const trusted = new WeakSet<Connection>()

  function look(connection: Connection): void {
    if (linkKind(connection) !== 'webrtc') return
    const isNew = !seen.has(connection)
    seen.add(connection)
    const superseded = isSuperseded(connection, node.getConnections(connection.remotePeer))
    if (!superseded && (isNew || isHeardOf(connection))) {
      trusted.add(connection)
    } else if (trusted.delete(connection) || isNew) {
      const timeoutMs = superseded ? SUPERSEDED_TIMEOUT_MS : PING_TIMEOUT_MS
      measureRoundTrip(connection, components, timeoutMs).catch((error: unknown) =>
        connection.abort(toLoremeshError(error)),
      )
    }
  }

  function onOpened({ detail: opened }: CustomEvent<Connection>): void {
    const others = node.getConnections(opened.remotePeer).filter((connection) => connection !== opened)
    others.forEach(look)
  }

  node.addEventListener('connection:open', onOpened)
  const stop = clock.every(SWEEP_MS, () => node.getConnections().forEach(look))
  return () => {
    node.removeEventListener('connection:open', onOpened)
    stop()
  }
}

function isHeardOf(connection: Connection): boolean {
  return (
    connection.streams.some(({ protocol }) => protocol.startsWith(GOSSIP)) &&
    peerConnectionOf(connection)?.connectionState !== 'disconnected'
  )
}
