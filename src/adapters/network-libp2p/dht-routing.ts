import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import { NEWCOMER_REPUTATION } from '../../domain/reputation/newcomer.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ContextRouting, ProviderRecord } from '../../ports/context-routing.ts'
import type { Link } from '../../ports/network.ts'
import { abortable, toNetworkError } from './abortable.ts'
import type { DhtAnnouncer } from './dht-announcer.ts'
import type { DhtClient, FoundProvider } from './dht-client.ts'
import type { DhtLookup } from './dht-lookup.ts'

const FIND_MS = 2_000
/** Once providers were found, more are waited for so long. */
const PATIENCE_MS = 100
const MAX_PROVIDERS = 16
/** Thousands of contexts take a while; whoever announced them need not wait. */
const ANNOUNCE_MS = 120_000
const INTERVAL_MS = 30_000

/** Routing by the records that servers of the DHT keep. It lists no peers: a DHT knows them by what they provide only. */
export function createDhtRouting(components: {
  readonly self: PeerId
  readonly client: Pick<DhtClient, 'kept'>
  readonly lookup: DhtLookup
  readonly announcer: DhtAnnouncer
  /** Servers that are linked. */
  readonly contacts: () => number
  readonly link: (peerId: PeerId) => Link | undefined
  readonly clock: Pick<Clock, 'abortable' | 'deadline' | 'sleep'>
}): ContextRouting {
  const { self, client, lookup, announcer, contacts, link, clock } = components
  let wanted: readonly ContextHash[] = []
  let announcing: Promise<void> | undefined

  function assertLinked(): void {
    if (contacts() > 0) return
    throw new LoremeshError('not-connected', 'No server of the DHT is linked', 'Try again in a moment')
  }

  /** Announces until nothing else is wanted meanwhile. */
  async function announceAll(): Promise<void> {
    const deadline = clock.deadline(ANNOUNCE_MS)
    let announced
    do {
      announced = wanted
      await announcer.announce(announced, deadline)
    } while (announced !== wanted)
  }

  function toRecord(peerId: PeerId, addresses: readonly string[]): ProviderRecord {
    const latencyMs = link(peerId)?.rttMs ?? Number.NaN
    return { peerId, addresses, reputation: NEWCOMER_REPUTATION, uptimePercent: 0, latencyMs }
  }

  return {
    async provide(contexts, signal) {
      wanted = contexts.map(({ contextHash }) => contextHash)
      if (contexts.length > 0) assertLinked()
      announcing ??= announceAll().finally(() => (announcing = undefined))
      await (signal === undefined ? announcing : abortable(announcing, signal))
      return { intervalMs: INTERVAL_MS, peersOnline: 0, contextsTotal: 0 }
    },
    async findProviders(contextHash, signal) {
      assertLinked()
      const found = new Map<PeerId, ProviderRecord>()
      const enough = clock.abortable(clock.deadline(FIND_MS, signal))
      const wait = async (): Promise<void> => {
        await clock.sleep(PATIENCE_MS, enough.signal)
        enough.abort()
      }
      function note(providers: readonly FoundProvider[]): boolean {
        const others = providers.filter(({ peerId }) => peerId !== self && !found.has(peerId))
        if (found.size === 0 && others.length > 0) wait().catch(() => undefined)
        for (const { peerId, addresses } of others.slice(0, MAX_PROVIDERS - found.size)) {
          found.set(peerId, toRecord(peerId, addresses))
        }
        return found.size > 0
      }
      try {
        if (!note(await client.kept(contextHash))) await lookup.lookUp(contextHash, note, enough.signal)
      } catch (error) {
        if (found.size === 0 && signal?.aborted !== true) throw toNetworkError(error, 'Searching the DHT')
      } finally {
        enough.abort()
      }
      if (signal?.aborted === true) throw toLoremeshError(signal.reason)
      const isLinked = ({ peerId }: ProviderRecord): boolean => link(peerId) !== undefined
      return [...found.values()].sort((a, b) => Number(isLinked(b)) - Number(isLinked(a)))
    },
    listPeers: () => Promise.resolve([]),
  }
}
