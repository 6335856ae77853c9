import {
  circuitRelayServer,
  circuitRelayTransport,
  RELAY_V2_HOP_CODEC,
  type CircuitRelayTransportComponents,
} from '@libp2p/circuit-relay-v2'
import type { Connection, PeerId as Libp2pPeerId, Transport } from '@libp2p/interface'
import { CODE_P2P, multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from '../../domain/identity/account.ts'
import { toPeerId } from './addresses.ts'

/** The tag by which libp2p reconnects whoever gave a reservation. Here servers are redialled, and links kept, by other rules. */
const RECONNECT_TAG = 'keep-alive-circuit-relay'
/** A relay has an inner and a public address. */
const MAX_ADDRESSES_EACH = 2
/** Leaves room for the rest of an own address. */
const MAX_RELAY_CHARS = 200

/**
 * The transport through relays. libp2p's own search for some passes over every peer: when both ask one at the same time, the
 * search's answer, that it needs none, would be the answer to both.
 */
export const relayTransport = circuitRelayTransport({
  discoveryFilter: { has: () => true, add: () => undefined, remove: () => undefined },
})

/**
 * The relay that every peer is for its neighbours: it carries what two of them say to set up a direct link, some 10 KiB,
 * and nothing else of any size.
 */
export const introductionRelay = circuitRelayServer({
  hopTimeout: 10_000,
  maxInboundHopStreams: 16,
  maxOutboundStopStreams: 16,
  reservations: {
    maxReservations: 256,
    // A neighbour that left is forgotten after this time; one that stayed renews in time.
    reservationTtl: 600_000,
    defaultDataLimit: 131_072n,
    defaultDurationLimit: 60_000,
  },
})

export { RELAY_V2_HOP_CODEC as RELAY_PROTOCOL }

/** Reservations that relays and neighbours have given this peer: through each of them it can be reached. */
export interface Reservations {
  /** Asks a connected peer for one; resolves when it is given, and rejects when it is refused. */
  reserve(peerId: Libp2pPeerId): Promise<void>
  has(peerId: PeerId): boolean
  /** Says through which of those who gave one others are to be led here. */
  publish(relays: readonly PeerId[]): void
  /** Whether the peer gave one and is published: others are led here through it. */
  leadsHere(peerId: PeerId): boolean
  /** Addresses of this peer through what is published. */
  addresses(): readonly Multiaddr[]
  /** Calls back when a reservation came or went; returns what ends that. */
  onChange(listener: () => void): () => void
}

type Components = Pick<
  CircuitRelayTransportComponents,
  'peerId' | 'peerStore' | 'transportManager' | 'connectionManager' | 'addressManager'
>

/** What a relay gave: libp2p's `RelayReservation` of the transport, whose type is not published. */
interface Given {
  readonly relay: Libp2pPeerId
  readonly details: { readonly reservation: { readonly addrs: readonly Uint8Array[] } }
}

interface ReservationStore {
  addRelay(peerId: Libp2pPeerId, type: 'configured'): Promise<Given>
  addEventListener(
    name: 'relay:created-reservation' | 'relay:removed',
    listener: (event: CustomEvent<Given>) => void,
  ): void
}

/**
 * Reservations over the relay transport of a node. libp2p's own search for relays (`/p2p-circuit` among the listened
 * addresses) takes whoever comes first, leaves no place for a relay that comes back, and walks the DHT at random for as
 * long as one is missing; so it is not used.
 */
export function createReservations({
  peerId,
  peerStore,
  transportManager,
  connectionManager,
  addressManager,
}: Components): Reservations {
  const own = peerId.toString()
  const given = new Map<PeerId, readonly Multiaddr[]>()
  let published: readonly PeerId[] = []
  let announced = ''
  const listeners = new Set<() => void>()
  const store = storeOf(transportManager.getTransports())

  store.addEventListener('relay:created-reservation', ({ detail: { relay, details } }) => {
    given.set(toPeerId(relay), publicAddresses(relay, details.reservation.addrs))
    void peerStore.merge(relay, { tags: { [RECONNECT_TAG]: undefined } }).catch(() => undefined)
    for (const listener of listeners) listener()
  })
  store.addEventListener('relay:removed', ({ detail: { relay } }) => {
    given.delete(toPeerId(relay))
    for (const listener of listeners) listener()
  })

  /** Where others reach a relay; by its id alone if nobody can who is not linked with it. */
  function publicAddresses(relay: Libp2pPeerId, addrs: readonly Uint8Array[]): readonly Multiaddr[] {
    const byId = `/p2p/${relay.toString()}`
    const inbound = connectionManager.getConnections(relay).filter(isInbound).map(remoteAddressOf)
    const reachable = addrs
      .map((bytes) => multiaddr(bytes))
      .filter((address) => !isRelayed(address) && !inbound.includes(address.toString()))
      // What a relay says of itself becomes an own address here: few, short, and of nobody else.
      .filter((address) => address.toString().endsWith(byId) && address.toString().length <= MAX_RELAY_CHARS)
      .slice(0, MAX_ADDRESSES_EACH)
    return reachable.length > 0 ? reachable : [multiaddr(byId)]
  }

  function addresses(): readonly Multiaddr[] {
    return published
      .flatMap((relay) => given.get(relay) ?? [])
      .map((relay) => relay.encapsulate(`/p2p-circuit/webrtc/p2p/${own}`))
  }

  /** Tells identified peers and the DHT, as libp2p does a second after an own listener has changed. */
  function announce(): void {
    const multiaddrs = addressManager.getAddresses().map((address) => address.decapsulateCode(CODE_P2P))
    void peerStore.patch(peerId, { multiaddrs }).catch(() => undefined)
  }

  return {
    async reserve(relay) {
      await store.addRelay(relay, 'configured')
    },
    has: (relay) => given.has(relay),
    leadsHere: (relay) => published.includes(relay) && given.has(relay),
    publish(chosen) {
      published = chosen
      const changed = addresses().join()
      if (changed === announced) return
      announced = changed
      announce()
    },
    addresses,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function isInbound({ direction }: Connection): boolean {
  return direction === 'inbound'
}

function remoteAddressOf({ remoteAddr }: Connection): string {
  return remoteAddr.toString()
}

function isRelayed(address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'p2p-circuit' || name === 'webrtc')
}

/** The transport's store of reservations; its type is not published. */
function storeOf(transports: readonly Transport[]): ReservationStore {
  for (const transport of transports) {
    if ('reservationStore' in transport) return transport.reservationStore as ReservationStore
  }
  throw new Error('@libp2p/circuit-relay-v2 has changed: check how a reservation is made')
}
