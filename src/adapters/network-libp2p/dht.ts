import type { PeerId } from '../../domain/identity/account.ts'
import { placeOf } from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ContextRouting, ProviderRecord } from '../../ports/context-routing.ts'
import type { DhtState } from '../../ports/network.ts'
import type { Randomness } from '../../ports/randomness.ts'
import type { StandingDirectory } from '../../ports/standing-directory.ts'
import { toPeerId } from './addresses.ts'
import { createDhtAnnouncer } from './dht-announcer.ts'
import { createDhtClient } from './dht-client.ts'
import { startDhtKeeper, type DhtKeeperOptions } from './dht-keeper.ts'
import { createDhtLookup } from './dht-lookup.ts'
import { createDhtRouting } from './dht-routing.ts'
import { createDhtStandings } from './dht-standings.ts'
import type { Dialer } from './dialing.ts'
import type { Links } from './links.ts'
import type { PeerNode } from './start-libp2p.ts'

/** What is known of the DHT without the DHT. */
export interface DhtRendezvous {
  /** Servers of the DHT. */
  findServers(signal: AbortSignal): Promise<readonly ProviderRecord[]>
  /** Peers that were online when it was last told; 0 if it never was. */
  peersOnline(): number
}

/** A peer's part in the DHT. */
export interface Dht {
  /** Routing by the DHT alone. */
  readonly routing: ContextRouting
  readonly standings: StandingDirectory
  readonly state: () => DhtState
  /** Servers that are linked, and this peer if it is one. */
  readonly servers: () => readonly PeerId[]
  /** Begins to look for servers and to take the role that is needed; `onChange` tells of a new one. Gives what stops it. */
  start(onChange: () => void): () => void
}

/** The DHT of a node that is not started yet. */
export function createDht(
  components: {
    readonly self: PeerId
    readonly node: PeerNode
    readonly links: Pick<Links, 'link' | 'directPeers'>
    readonly dialer: Pick<Dialer, 'connect'>
    readonly rendezvous: DhtRendezvous
    /** Whether this host spares what a server uses, for instance because it runs on a battery. */
    readonly isSparing: () => boolean
    readonly clock: Clock
    readonly randomness: Randomness
  },
  options: DhtKeeperOptions,
): Dht {
  const { self, node, links, dialer, rendezvous, isSparing, clock, randomness } = components
  const { dht } = node.services
  const client = createDhtClient({ node, clock })
  return {
    routing: createDhtRouting({
      self,
      client,
      lookup: createDhtLookup({ client, clock }),
      announcer: createDhtAnnouncer({ ...client, clock }),
      contacts: dht.contacts,
      link: links.link,
      clock,
    }),
    standings: createDhtStandings({ self, dht, clock }),
    servers: () => [
      ...(dht.kad.getMode() === 'server' ? [self] : []),
      ...dht.closest(placeOf(node.peerId.toMultihash().bytes)).map(toPeerId),
    ],
    state: () => ({ role: dht.kad.getMode(), size: dht.contacts(), records: dht.records.size }),
    start: (onChange) =>
      startDhtKeeper(
        {
          node,
          client,
          connect: dialer.connect,
          findServers: rendezvous.findServers,
          peersOnline: () => Math.max(rendezvous.peersOnline(), links.directPeers().length + 1),
          isDirect: () => links.directPeers().length > 0,
          isSparing,
          isLinked: (peerId) => links.link(peerId) !== undefined,
          clock,
          randomness,
          onChange,
        },
        options,
      ),
  }
}
