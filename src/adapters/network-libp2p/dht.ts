import type { PeerId } from '../../domain/identity/account.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ContextRouting, SharedContext } from '../../ports/context-routing.ts'
import type { DhtState } from '../../ports/network.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { DHT_RENDEZVOUS } from '../../protocols/kad.ts'
import { createCompoundRouting } from './compound-routing.ts'
import { createDhtAnnouncer } from './dht-announcer.ts'
import { createDhtClient } from './dht-client.ts'
import { startDhtKeeper, type DhtKeeperOptions } from './dht-keeper.ts'
import { createDhtRouting } from './dht-routing.ts'
import type { Dialer } from './dialing.ts'
import type { Links } from './links.ts'
import type { PeerNode } from './start-libp2p.ts'

/** This peer's part in the DHT, and the routing in which it takes part. */
export interface Dht {
  /** Routing by the DHT and by those beside it, raced. */
  readonly routing: ContextRouting
  readonly state: () => DhtState
  /** Begins to look for servers and to take the role that is needed; `onChange` tells of a new one. Gives what stops it. */
  start(onChange: () => void): () => void
}

/** A server makes itself known as if it provided this. */
const rendezvous: SharedContext = {
  contextHash: DHT_RENDEZVOUS,
  title: 'Servers of the DHT',
  sizeBytes: 1,
  tags: [],
}

/** Joins the DHT of a node with other ways of routing, by which its first servers are found. */
export function createDht(
  components: {
    readonly self: PeerId
    readonly node: PeerNode
    readonly links: Links
    readonly dialer: Dialer
    readonly others: readonly ContextRouting[]
    /** Whether this host spares what a server of the DHT uses, for instance because it runs on a battery. */
    readonly isSparing: () => boolean
    readonly clock: Clock
    readonly randomness: Randomness
  },
  options: DhtKeeperOptions,
): Dht {
  const { self, node, links, dialer, others, isSparing, clock, randomness } = components
  const { dht } = node.services
  const client = createDhtClient({ node, clock, randomness })
  const byDht = createDhtRouting({
    self,
    client,
    announcer: createDhtAnnouncer({ ...client, clock }),
    contacts: dht.contacts,
    link: links.link,
    clock,
  })
  const byOthers = createCompoundRouting(others, { clock })
  let peersOnline = 0

  const routing = createCompoundRouting(
    [
      {
        ...byOthers,
        provide: (contexts, signal) =>
          byOthers.provide(dht.kad.getMode() === 'server' ? [...contexts, rendezvous] : contexts, signal),
      },
      byDht,
    ],
    { clock },
  )

  return {
    routing: {
      ...routing,
      async provide(contexts, signal) {
        const reply = await routing.provide(contexts, signal)
        // When the tracker is gone, the peers are still there.
        if (reply.peersOnline > 0) peersOnline = reply.peersOnline
        return reply
      },
    },
    state: () => ({ role: dht.kad.getMode(), size: dht.contacts(), records: dht.records.size }),
    start: (onChange) =>
      startDhtKeeper(
        {
          node,
          client,
          connect: dialer.connect,
          findServers: (signal) => byOthers.findProviders(DHT_RENDEZVOUS, signal),
          peersOnline: () => Math.max(peersOnline, links.directPeers().length + 1),
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
