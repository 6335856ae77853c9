import type { PeerId } from '../../domain/identity/account.ts'
import { DHT_CONTACTS, isBalanced, nextDhtRole, STABLE_AFTER_MS } from '../../domain/network/dht-role.ts'
import { placeOf } from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ProviderRecord } from '../../ports/context-routing.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { toLibp2pPeerId } from './addresses.ts'
import type { DhtClient } from './dht-client.ts'
import type { Dialer } from './dialing.ts'
import type { PeerNode } from './start-libp2p.ts'

const CONNECT_MS = 8_000
const LIST_MS = 5_000
/** A peer without any server looks for one so soon again, then after twice as long each time. */
const FIRST_RETRY_MS = 1_000
/** With as many servers as are wanted the role is reconsidered so many times less often: each time costs two servers work. */
const BALANCED_ROUNDS = 6
/** A timer that comes so late shows a throttled tab, which is no server for a while. */
const LATE_MS = 5_000
const THROTTLED_MS = 300_000

export interface DhtKeeperOptions {
  /** How often the role is reconsidered while servers are missing or too many, 10 s unless told. */
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
    readonly clock: Pick<Clock, 'monotonicMs' | 'sleep' | 'deadline' | 'abortable'>
    readonly randomness: Randomness
    readonly onChange: () => void
  },
  { electionIntervalMs, stableAfterMs }: DhtKeeperOptions,
): () => void {
  const { node, client, connect, findServers, isLinked, clock, randomness } = components
  const { dht } = node.services
  const startedAtMs = clock.monotonicMs()
  const stopped = clock.abortable()
  let throttledUntilMs = 0

  async function findContacts(): Promise<void> {
    const { most, least } = DHT_CONTACTS[dht.kad.getMode()]
    if (dht.contacts() >= least) return
    const deadline = clock.deadline(CONNECT_MS)
    const servers = await findServers(deadline)
    const present = [node.peerId, ...dht.closest(placeOf(node.peerId.toMultihash().bytes), most)].map(String)
    const missing = servers.filter(({ peerId }) => !present.includes(peerId)).slice(0, most - dht.contacts())
    await Promise.allSettled(
      missing.map(async ({ peerId, addresses }) => {
        if (!isLinked(peerId)) await connect(peerId, addresses, deadline)
        await dht.consider(toLibp2pPeerId(peerId))
      }),
    )
  }

  /** Gives whether there are as many servers as are wanted. */
  async function reconsiderRole(): Promise<boolean> {
    const now = clock.monotonicMs()
    const role = dht.kad.getMode()
    const servers = await client.listServers(clock.deadline(LIST_MS))
    const population = { peers: components.peersOnline(), servers: servers.length }
    const [byte = 0] = randomness.bytes(1)
    const next = nextDhtRole(
      role,
      {
        uptimeMs: now - startedAtMs,
        isDirect: components.isDirect(),
        isThrottled: now < throttledUntilMs,
        isSparing: components.isSparing(),
      },
      population,
      byte / 256,
      stableAfterMs,
    )
    if (next !== role) {
      await dht.kad.setMode(next)
      components.onChange()
    }
    return isBalanced(next, population)
  }

  /** Waits, and notices when that took much longer than it should. */
  async function rest(ms: number): Promise<void> {
    const fromMs = clock.monotonicMs()
    await clock.sleep(ms, stopped.signal)
    const nowMs = clock.monotonicMs()
    if (nowMs - fromMs > ms + LATE_MS) throttledUntilMs = nowMs + THROTTLED_MS
  }

  async function keep(): Promise<void> {
    let retryMs = FIRST_RETRY_MS
    let electAtMs = startedAtMs + electionIntervalMs
    for (;;) {
      // Nobody answered, or the node has stopped meanwhile: the next round tries again.
      await findContacts().catch(() => undefined)
      if (clock.monotonicMs() >= electAtMs) {
        const isSettled = await reconsiderRole().catch(() => false)
        electAtMs = clock.monotonicMs() + electionIntervalMs * (isSettled ? BALANCED_ROUNDS : 1)
      }
      const untilElectionMs = Math.max(0, electAtMs - clock.monotonicMs())
      const isAlone = dht.contacts() === 0
      await rest(Math.min(untilElectionMs, electionIntervalMs, isAlone ? retryMs : Infinity))
      retryMs = isAlone ? 2 * retryMs : FIRST_RETRY_MS
    }
  }

  // It ends with its sleep, when it is stopped.
  keep().catch(() => undefined)
  return stopped.abort
}
