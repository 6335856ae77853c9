import type { Clock } from '../../ports/clock.ts'
import type { ContextRouting, SharedContext } from '../../ports/context-routing.ts'
import type { NetworkHandlers } from '../../ports/network.ts'
import { DHT_RENDEZVOUS } from '../../protocols/kad.ts'
import { createCompoundRouting } from './compound-routing.ts'
import type { Dht, DhtRendezvous } from './dht.ts'

/** A server makes itself known as if it provided this. */
const rendezvous: SharedContext = {
  contextHash: DHT_RENDEZVOUS,
  title: 'Servers of the DHT',
  sizeBytes: 1,
  tags: [],
}

/** Handlers that name servers of the DHT to neighbours who look for some. */
export function withDhtServers(
  handlers: NetworkHandlers,
  { servers }: Pick<Dht, 'servers'>,
): NetworkHandlers {
  return {
    ...handlers,
    onHolders: (contextHash, from) =>
      contextHash === DHT_RENDEZVOUS ? Promise.resolve(servers()) : handlers.onHolders(contextHash, from),
  }
}

/** Meets servers of the DHT by other ways of routing; `join` gives the routing by all of them and the DHT, raced. */
export function createDhtRendezvous(
  others: readonly ContextRouting[],
  { clock }: { readonly clock: Pick<Clock, 'sleep' | 'abortable'> },
): DhtRendezvous & { join(dht: Pick<Dht, 'routing' | 'state'>): ContextRouting } {
  const beside = createCompoundRouting(others, { clock })
  let peersOnline = 0

  return {
    findServers: (signal) => beside.findProviders(DHT_RENDEZVOUS, signal),
    peersOnline: () => peersOnline,
    join(dht) {
      const withServers: ContextRouting = {
        ...beside,
        async provide(contexts, signal) {
          const isServer = dht.state().role === 'server'
          const reply = await beside.provide(isServer ? [...contexts, rendezvous] : contexts, signal)
          // When the tracker is gone, the peers are still there.
          if (reply.peersOnline > 0) peersOnline = reply.peersOnline
          return reply
        },
      }
      return createCompoundRouting([withServers, dht.routing], { clock })
    },
  }
}
