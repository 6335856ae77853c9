import { peerDiscoverySymbol, type PeerId as Libp2pPeerId } from '@libp2p/interface'
import {
  kadDHT,
  passthroughMapper,
  removePrivateAddressesMapper,
  type KadDHT,
  type KadDHTComponents,
  type KadDHTInit,
} from '@libp2p/kad-dht'
import { DHT_CONTACTS } from '../../domain/network/dht-role.ts'
import { KAD_BUCKET_SIZE, KAD_PROTOCOL } from '../../protocols/kad.ts'
import { guardDht } from './dht-guard.ts'
import { DhtRecords } from './dht-records.ts'

/** Bounds of what a server keeps for others: some 10 MB. */
const RECORD_LIMITS = {
  maxRecords: 32_768,
  maxRecordsPerPeer: 8_192,
  maxProvidersPerKey: 32,
  ttlMs: 1_800_000,
}
const MAX_STREAMS = 16
/** Records are renewed, and expire, by this peer's own rules. */
const NEVER_MS = 2 ** 31 - 1

/** A node of the DHT: a client until it is made a server. */
export interface DhtService {
  readonly kad: KadDHT
  readonly records: DhtRecords
  /** Servers in the routing table; all of them are linked. */
  readonly contacts: () => number
  /** The servers in the routing table that are closest to a place in the key space, eight unless told. */
  readonly closest: (place: Uint8Array, count?: number) => readonly Libp2pPeerId[]
  /** Takes a linked peer into the routing table if it is a server and there is room. */
  readonly consider: (peerId: Libp2pPeerId) => Promise<void>
}

export interface DhtServiceOptions extends Required<Pick<KadDHTInit, 'validators' | 'selectors'>> {
  /** Tells others of servers and providers at private addresses, too. */
  readonly allowPrivateAddresses: boolean
  readonly nowMs: () => number
  readonly monotonicMs: () => number
}

/**
 * This network's own DHT as a service of libp2p. Unlike kad-dht by itself it offers libp2p no routing, which would walk
 * the network at random, and keeps in its routing table only servers that are linked: dead ones would be dialled at every
 * look-up, and dialling each server that is heard of would exceed the budget of links.
 */
export function dhtService(options: DhtServiceOptions): (components: KadDHTComponents) => DhtService {
  return (components) => {
    const records = new DhtRecords(RECORD_LIMITS, options.nowMs)
    const forget = (peerId: Libp2pPeerId): void => {
      table.remove(peerId).catch(() => undefined)
    }
    const wantsContact = (): boolean => table.size < DHT_CONTACTS[kad.getMode()].most
    const kad = kadDHT({
      protocol: KAD_PROTOCOL,
      clientMode: true,
      kBucketSize: KAD_BUCKET_SIZE,
      alpha: 3,
      disjointPaths: 2,
      initialQuerySelfInterval: 50,
      maxInboundStreams: MAX_STREAMS,
      peerInfoMapper: options.allowPrivateAddresses ? passthroughMapper : removePrivateAddressesMapper,
      validators: options.validators,
      selectors: options.selectors,
      reprovide: { interval: NEVER_MS, threshold: 0 },
    })(guardDht(components, { records, forget, wantsContact, monotonicMs: options.monotonicMs }))
    const { table, start, stop, discovery } = internalsOf(kad)
    components.events.addEventListener('peer:disconnect', ({ detail }) => forget(detail))
    components.events.addEventListener('peer:update', ({ detail: { peer } }) => {
      if (!peer.protocols.includes(KAD_PROTOCOL)) forget(peer.id)
    })
    const service: DhtService = {
      kad,
      records,
      contacts: () => table.size,
      closest: (place, count = KAD_BUCKET_SIZE) => table.closestPeers(place, { count }),
      consider: (peerId) => table.add(peerId),
    }
    // By its discovery the addresses of servers are learnt of which others tell.
    return Object.assign(service, { start, stop, [peerDiscoverySymbol]: discovery })
  }
}

interface RoutingTable {
  readonly size: number
  add(peerId: Libp2pPeerId): Promise<void>
  remove(peerId: Libp2pPeerId): Promise<void>
  closestPeers(place: Uint8Array, options: { readonly count: number }): readonly Libp2pPeerId[]
}

/** What kad-dht 16 has beside its published type. */
function internalsOf(kad: KadDHT) {
  if (
    !('routingTable' in kad && 'start' in kad && 'stop' in kad && peerDiscoverySymbol in kad) ||
    typeof kad.start !== 'function' ||
    typeof kad.stop !== 'function'
  ) {
    throw new Error('@libp2p/kad-dht has changed: check how it starts and what is in its routing table')
  }
  return {
    table: kad.routingTable as RoutingTable,
    start: kad.start.bind(kad) as () => Promise<void>,
    stop: kad.stop.bind(kad) as () => Promise<void>,
    discovery: kad[peerDiscoverySymbol],
  }
}
