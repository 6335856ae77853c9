import { chooseIntroducers } from '../../domain/network/introducers.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { describeFailure } from '../../domain/network/link-failure.ts'
import type { Clock } from '../../ports/clock.ts'
import { toLibp2pPeerId, toPeerId } from './addresses.ts'
import type { Links } from './links.ts'
import type { NetworkLog } from './network-log.ts'
import { RELAY_PROTOCOL } from './reservations.ts'
import type { PeerNode } from './start-libp2p.ts'

/** While a relayed link is still there beside a direct one, libp2p would reserve over it, which relays refuse. */
const SWEEP_MS = 1_000

/**
 * Reserves at every relay and neighbour as soon as it is linked, so that each of them can lead others here, and publishes
 * the best neighbours. Tries again every second where a reservation was refused or got lost; until the returned
 * function is called.
 */
export async function startReservationKeeper(components: {
  readonly node: PeerNode
  readonly links: Links
  readonly clock: Pick<Clock, 'nowMs' | 'every'>
  readonly log: Pick<NetworkLog, 'note'>
}): Promise<() => void> {
  const { node, links, clock, log } = components
  const { reservations } = node.services
  /** Linked peers that relay. */
  const relaying = new Set<PeerId>()
  /** Servers whose last answer was a refusal. */
  const refused = new Set<PeerId>()
  let published: ReadonlySet<PeerId> = new Set()

  function reserve(peerId: PeerId): void {
    const link = links.link(peerId)
    if (link === undefined || link.kind === 'relay' || reservations.has(peerId)) return
    reservations.reserve(toLibp2pPeerId(peerId)).then(
      () => refused.delete(peerId),
      () => noteRefusal(peerId),
    )
  }

  /** Notes a server that refuses twice: neighbours refuse as long as a relayed link stands, and who leaves refuses once. */
  function noteRefusal(peerId: PeerId): void {
    if (links.link(peerId)?.isServer !== true) return
    const { meaning } = describeFailure('reservation')
    if (refused.has(peerId)) log.note({ kind: 'relay', peerId, failure: 'reservation', message: meaning })
    refused.add(peerId)
  }

  function publish(): void {
    const reserved = links.list().filter(({ peerId }) => reservations.has(peerId))
    const servers = reserved.filter(({ isServer }) => isServer).map(({ peerId }) => peerId)
    const candidates = reserved
      .filter(({ isServer }) => !isServer)
      .map(({ peerId, openedAtMs, rttMs }) => ({ peerId, rttMs, linkedMs: clock.nowMs() - openedAtMs }))
    const introducers = chooseIntroducers(candidates, published)
    published = new Set(introducers)
    reservations.publish([...servers, ...introducers])
  }

  const topology = await node.register(RELAY_PROTOCOL, {
    onConnect(peer) {
      relaying.add(toPeerId(peer))
      reserve(toPeerId(peer))
    },
    onDisconnect(peer) {
      relaying.delete(toPeerId(peer))
      refused.delete(toPeerId(peer))
    },
  })
  const stops = [
    reservations.onChange(publish),
    clock.every(SWEEP_MS, () => {
      for (const peerId of relaying) reserve(peerId)
      publish()
    }),
    () => node.unregister(topology),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
