import type { Connection } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { LinkKind } from '../../ports/network.ts'

/** What the choice needs to know of a connection. */
export type Candidate = Pick<Connection, 'limits' | 'remoteAddr' | 'direction' | 'status' | 'timeline'>

/** How a connection runs. One with limits is relayed, whatever its address says. */
export function linkKind(connection: Pick<Candidate, 'limits' | 'remoteAddr'>): LinkKind {
  const names = connection.remoteAddr.getComponents().map((component) => component.name)
  if (connection.limits !== undefined) return 'relay'
  if (names.includes('webrtc')) return 'webrtc'
  return names.includes('p2p-circuit') ? 'relay' : 'websocket'
}

const order: readonly LinkKind[] = ['webrtc', 'websocket', 'relay']

/**
 * Open connections to one peer, the one to use first. When both sides dialled at once there are two of a kind: both
 * sides then prefer the one that the smaller peer id opened.
 */
export function rankConnections<T extends Candidate>(
  connections: readonly T[],
  ends: { readonly local: PeerId; readonly remote: PeerId },
): readonly T[] {
  const preferred = ends.local < ends.remote ? 'outbound' : 'inbound'
  const rank = (connection: T) => order.indexOf(linkKind(connection))
  const against = (connection: T) => Number(connection.direction !== preferred)
  return connections
    .filter((connection) => connection.status === 'open')
    .sort((a, b) => rank(a) - rank(b) || against(a) - against(b) || a.timeline.open - b.timeline.open)
}
