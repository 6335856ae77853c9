import type { PeerId } from '../../domain/identity/account.ts'
import { DHT_CONTACTS, nextDhtRole, STABLE_AFTER_MS } from '../../domain/network/dht-role.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ProviderRecord } from '../../ports/context-routing.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { toLibp2pPeerId } from './addresses.ts'
import type { DhtClient } from './dht-client.ts'
import type { Dialer } from './dialing.ts'
import type { PeerNode } from './start-libp2p.ts'

const CONNECT_MS = 8_000
const LIST_MS = 5_000
/** A timer that comes so late shows a throttled tab, which is no server for a while. */
const LATE_MS = 5_000
const THROTTLED_MS = 300_000

export interface DhtKeeperOptions {
  /** How often the role is reconsidered, 10 s unless told. */
  readonly electionIntervalMs: number
  /** How long a peer has to be in the network before it may become a server, 30 s unless told. */
  readonly stableAfterMs: number
}

export const defaultDhtKeeperOptions: DhtKeeperOptions = {
  electionIntervalMs: 10_000,
  stableAfterMs: STABLE_AFTER_MS,
}

/**
 * Keeps this peer linked to servers of the DHT and takes the role that the network needs of it, until the returned function
 * is called.
 */
export function startDhtKeeper(
  components: {
    readonly node: PeerNode
    readonly client: Pick<DhtClient, 'listServers'>
    readonly connect: Dialer['connect']
    /** Finds servers without the DHT. */
    readonly findServers: (signal: AbortSignal) => Promise<readonly ProviderRecord[]>
    /** Peers online, this one included, as far as it is known. */
    readonly peersOnline: () => number
    readonly isDirect: () => boolean
    readonly isSparing: () => boolean
    readonly isLinked: (peerId: PeerId) => boolean
    readonly clock: Pick<Clock, 'monotonicMs' | 'every' | 'deadline'>
    readonly randomness: Randomness
    readonly onChange: () => void
  },
  { electionIntervalMs, stableAfterMs }: DhtKeeperOptions,
): () => void {
  const { node, client, connect, findServers, isLinked, clock, randomness } = components
  const { dht } = node.services
  const startedAtMs = clock.monotonicMs()
  let tickedAtMs = startedAtMs
  let throttledUntilMs = 0
  let busy = false

  async function findContacts(): Promise<void> {
    const { most, least } = DHT_CONTACTS[dht.kad.getMode()]
    if (dht.contacts() >= least) return
    const deadline = clock.deadline(CONNECT_MS)
    const servers = await findServers(deadline)
    const missing = servers
      .filter(({ peerId }) => peerId !== node.peerId.toString())
      .slice(0, most - dht.contacts())
    await Promise.allSettled(
      missing.map(async ({ peerId, addresses }) => {
        if (!isLinked(peerId)) await connect(peerId, addresses, deadline)
        await dht.consider(toLibp2pPeerId(peerId))
      }),
    )
  }

  async function reconsiderRole(): Promise<void> {
    const now = clock.monotonicMs()
    const role = dht.kad.getMode()
    const servers = await client.listServers(clock.deadline(LIST_MS))
    const [byte = 0] = randomness.bytes(1)
    const next = nextDhtRole(
      role,
      {
        uptimeMs: now - startedAtMs,
        isDirect: components.isDirect(),
        isThrottled: now < throttledUntilMs,
        isSparing: components.isSparing(),
      },
      { peers: components.peersOnline(), servers: servers.length },
      byte / 256,
      stableAfterMs,
    )
    if (next === role) return
    await dht.kad.setMode(next)
    components.onChange()
  }

  async function tick(): Promise<void> {
    if (busy) return
    busy = true
    try {
      // Nobody answered, or the node has stopped meanwhile: the next round tries again.
      await findContacts().catch(() => undefined)
      await reconsiderRole().catch(() => undefined)
    } finally {
      busy = false
    }
  }

  return clock.every(electionIntervalMs, () => {
    const now = clock.monotonicMs()
    if (now - tickedAtMs > electionIntervalMs + LATE_MS) throttledUntilMs = now + THROTTLED_MS
    tickedAtMs = now
    void tick()
  })
}
