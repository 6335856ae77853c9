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

const GOSSIP = '/meshsub/'

/**
 * Notices peers that have left, until the returned function is called. A page that goes resets its streams, but WebRTC does
 * not tell that its connection is gone; libp2p would find out after 12 s and more. Gossip streams stay for as long as a
 * direct connection does: one that has lost them is pinged at once, and closed when no answer comes. So is one that has none
 * a sweep after it was first seen, for whoever left sooner had no time for them, one over which the browser has heard nothing
 * for seconds, as after a crash, and one whose peer has opened another, as a tab does that is opened again.
 */
export function watchDepartures(components: {
  readonly node: Pick<PeerNode, 'getConnections'>
  readonly clock: Pick<Clock, 'monotonicMs' | 'deadline' | 'every'>
  readonly randomness: Randomness
}): () => void {
  const { node, clock } = components
  const seen = new WeakSet<Connection>()
  /** Connections with nothing against them the last time. */
  const trusted = new WeakSet<Connection>()

  function isTrusted(connection: Connection): boolean {
    return (
      connection.streams.some(({ protocol }) => protocol.startsWith(GOSSIP)) &&
      peerConnectionOf(connection)?.connectionState !== 'disconnected' &&
      !isSuperseded(connection, node.getConnections(connection.remotePeer))
    )
  }

  function look(connection: Connection): void {
    if (linkKind(connection) !== 'webrtc') return
    const isNew = !seen.has(connection)
    seen.add(connection)
    if (isNew || isTrusted(connection)) {
      trusted.add(connection)
    } else if (trusted.delete(connection)) {
      measureRoundTrip(connection, components, PING_TIMEOUT_MS).catch((error: unknown) =>
        connection.abort(toLoremeshError(error)),
      )
    }
  }

  return clock.every(SWEEP_MS, () => node.getConnections().forEach(look))
}
