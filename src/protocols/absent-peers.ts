import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Libp2p, Libp2pEvents, Peer, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'

/**
 * Forgets what libp2p keeps of peers that have gone: the places that they had at the node's relay, and all but the
 * `capacity` of them that it heard of last. Its peer store keeps some kilobytes of everybody who ever came, and drops them
 * after six hours at the earliest. Peers that are tagged for some purpose stay. Runs until the returned function is called.
 */
export function forgetAbsentPeers(
  { node, relay }: { readonly node: Libp2p; readonly relay: CircuitRelayService | undefined },
  { capacity }: { readonly capacity: () => number },
): () => void {
  /** Ids, whoever was heard of longest ago first. */
  const absent = new Set<string>()

  const isLinked = (peerId: PeerId): boolean => node.getConnections(peerId).length > 0

  async function forget(peerId: PeerId): Promise<void> {
    const isNeeded = ({ tags }: Peer): boolean => tags.size > 0 || isLinked(peerId)
    if (!isNeeded(await node.peerStore.get(peerId))) await node.peerStore.delete(peerId)
  }

  function note(peerId: PeerId): void {
    const id = peerId.toString()
    absent.delete(id)
    if (!isLinked(peerId)) absent.add(id)
    for (const oldest of absent) {
      if (absent.size <= capacity()) break
      absent.delete(oldest)
      // What could not be deleted is noted again with the next word of it.
      forget(peerIdFromString(oldest)).catch(() => undefined)
    }
  }

  function onDisconnect({ detail: peerId }: Libp2pEvents['peer:disconnect']): void {
    if (relay !== undefined) endReservation(relay, peerId)
    note(peerId)
  }
  const onUpdate = ({ detail: { peer } }: Libp2pEvents['peer:update']): void => note(peer.id)

  node.addEventListener('peer:disconnect', onDisconnect)
  node.addEventListener('peer:update', onUpdate)
  return () => {
    node.removeEventListener('peer:disconnect', onDisconnect)
    node.removeEventListener('peer:update', onUpdate)
  }
}

/** What is used of a reservation. It is not published. */
interface TimedReservation {
  readonly signal: { clear(): void }
}

/**
 * Frees the place of a peer that has gone. libp2p keeps it for two hours, so that as many visitors as there are places,
 * or one who comes with as many keys, would keep everybody else out.
 */
function endReservation({ reservations }: CircuitRelayService, peerId: PeerId): void {
  const reservation: object | undefined = reservations.get(peerId)
  if (reservation === undefined) return
  if (!('signal' in reservation)) {
    throw new Error('@libp2p/circuit-relay-v2 has changed: check how a reservation is ended')
  }
  // When its time is over it would take a later one of the same peer with it.
  ;(reservation as TimedReservation).signal.clear()
  reservations.delete(peerId)
}
