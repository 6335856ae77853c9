import type { Connection } from '@libp2p/interface'
import type { PeerId } from '../../domain/identity/account.ts'
import type { LinkKind } from '../../ports/network.ts'

/** What the choice needs to know of a connection. */
export type Candidate = Pick<Connection, 'limits' | 'remoteAddr' | 'direction' | 'status' | 'timeline'>

/** Reading an address takes time, and every request asks for the kinds of connections. */
const kinds = new WeakMap<Candidate['remoteAddr'], LinkKind>()

/** How a connection runs. One with limits is relayed, whatever its address says. */
export function linkKind({ limits, remoteAddr }: Pick<Candidate, 'limits' | 'remoteAddr'>): LinkKind {
  if (limits !== undefined) return 'relay'
  const known = kinds.get(remoteAddr)
  if (known !== undefined) return known
  const names = remoteAddr.getComponents().map((component) => component.name)
  const kind = names.includes('webrtc') ? 'webrtc' : names.includes('p2p-circuit') ? 'relay' : 'websocket'
  kinds.set(remoteAddr, kind)
  return kind
}

const order: readonly LinkKind[] = ['webrtc', 'websocket', 'relay']

/** Both sides have seen a second connection after this time, in milliseconds. */
export const SETTLED_MS = 1_500

/**
 * Whether one of the others, to the same peer, is of the same kind and came so much later that they can't have been dialled
 * at once: nobody dials a peer that it is linked to, so the other side has lost this one, as a tab that is opened again.
 */
export function isSuperseded(connection: Candidate, others: readonly Candidate[]): boolean {
  const kind = linkKind(connection)
  return others.some(
    (other) =>
      other.status === 'open' &&
      linkKind(other) === kind &&
      other.timeline.open - connection.timeline.open > SETTLED_MS,
  )
}

/**
 * Open connections to one peer, the one to use first. When both sides dialled at once there are two of a kind: both
 * sides then prefer the one that the smaller peer id opened. One that is superseded comes after the others of its kind.
 */
export function rankConnections<T extends Candidate>(
  connections: readonly T[],
  ends: { readonly local: PeerId; readonly remote: PeerId },
): readonly T[] {
  const open = connections.filter(({ status }) => status === 'open')
  if (open.length < 2) return open
  const preferred = ends.local < ends.remote ? 'outbound' : 'inbound'
  const keyOf = (connection: T): readonly number[] => [
    order.indexOf(linkKind(connection)),
    Number(isSuperseded(connection, open)),
    Number(connection.direction !== preferred),
    connection.timeline.open,
  ]
  return open
    .map((connection) => ({ connection, key: keyOf(connection) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ connection }) => connection)
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index])
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}
