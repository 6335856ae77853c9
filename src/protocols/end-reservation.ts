/** What is used of the relay of a libp2p node. */
interface Reservations<Id> {
  readonly reservations: { get(peerId: Id): object | undefined; delete(peerId: Id): void }
}

/** What is used of a reservation. It is not published. */
interface TimedReservation {
  readonly signal: { clear(): void }
}

/**
 * Frees the place of a peer that has gone, if it had one. libp2p keeps it for two hours, so that as many visitors as there
 * are places, or one who comes with as many keys, would keep everybody else out.
 */
export function endReservation<Id>({ reservations }: Reservations<Id>, peerId: Id): void {
  const reservation = reservations.get(peerId)
  if (reservation === undefined) return
  if (!('signal' in reservation)) {
    throw new Error('@libp2p/circuit-relay-v2 has changed: check how a reservation is ended')
  }
  // When its time is over it would take a later one of the same peer with it.
  ;(reservation as TimedReservation).signal.clear()
  reservations.delete(peerId)
}
