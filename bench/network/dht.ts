import { setTimeout as pause } from 'node:timers/promises'
import { createDice } from '../../test/support/virtual-time.ts'
import { hashText, type ContextHash } from '../../src/domain/content/context-hash.ts'
import type { SharedContext } from '../../src/ports/context-routing.ts'
import { createDhtSwarm, type DhtPeer } from '../../test/support/dht-swarm.ts'
import { distribution, progress, shareOf, single } from '../report.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How large the DHT is, and how much is looked up in it. */
export interface DhtSizes {
  readonly peers: number
  /** Of all peers together. */
  readonly contexts: number
  readonly lookups: number
  readonly lookupsPerSecond: number
  /** Peers that leave and are replaced by new ones, of each hundred and minute. */
  readonly churnPercentPerMinute: number
}

export const fullDhtSizes: DhtSizes = {
  peers: 100,
  contexts: 10_000,
  lookups: 600,
  lookupsPerSecond: 5,
  churnPercentPerMinute: 10,
}

/** For a quick look at whether everything runs. */
export const smallDhtSizes: DhtSizes = { ...fullDhtSizes, peers: 12, contexts: 240, lookups: 40 }

/** As often as in the product: at each election every peer asks two servers, all of which share this one process. */
const KEEPER = { electionIntervalMs: 10_000, stableAfterMs: 5_000 }
/** Peers that join at once: more would measure how busy this one process is. */
const JOINS_AT_ONCE = 4
const READY_TIMEOUT_MS = 180_000
const POLL_MS = 250
/** What who asks waits for at most. */
const LOOKUP_TIMEOUT_MS = 5_000
/** Of each hundred look-ups, those after which the asker opens a link to who was found, too. */
const REACHED_PERCENT = 20
/** A seed only so that all runs ask for the same. */
const SEED = 1

/** A peer and the contexts that nobody but it provides. */
interface Member {
  readonly peer: DhtPeer
  readonly contexts: readonly SharedContext[]
}

/**
 * Whole nodes in one process, without a tracker, so that nothing but the DHT finds anything: who holds a context, while
 * some of the nodes leave without a goodbye and others take over what they held.
 */
export async function measureDht(sizes: DhtSizes): Promise<NetworkPart> {
  const swarm = createDhtSwarm(KEEPER)
  const dice = createDice(SEED)
  const failures: string[] = []
  const provideMs: number[] = []
  try {
    const members: Member[] = []

    async function join(contexts: readonly SharedContext[]): Promise<Member> {
      const member = { peer: await swarm.join(), contexts }
      members.push(member)
      return member
    }

    const startMs = performance.now()
    for (let at = 0; at < sizes.peers; at += JOINS_AT_ONCE) {
      const joins = contextsOfPeers(sizes).slice(at, at + JOINS_AT_ONCE)
      await Promise.all(joins.map(join))
    }
    progress(`${members.length} peers after ${seconds(startMs)} s; ${describeLoad()}`)
    await untilAll(members, ({ peer }) => peer.state().size > 0)
    const servers = countServers(members)
    progress(`the DHT is reached by all after ${seconds(startMs)} s, ${servers} servers; ${describeLoad()}`)
    const provideStartMs = performance.now()
    for (const member of members) {
      const [first, ...others] = member.contexts
      if (first === undefined) continue
      provideMs.push(await timed(() => member.peer.routing.provide([first])))
      await member.peer.routing.provide([first, ...others])
    }
    const provideAllMs = performance.now() - provideStartMs
    progress(`${sizes.contexts} contexts provided in ${seconds(provideStartMs)} s; ${describeLoad()}`)

    const churn = startChurn(members, sizes, async (leaver) => {
      await swarm.leave(leaver.peer)
      const { peer } = await join(leaver.contexts)
      await untilAll(members, (member) => member.peer !== peer || peer.state().size > 0)
      await peer.routing.provide(leaver.contexts)
    })
    const { findMs, reachMs, found } = await lookUp(members, sizes, dice)
    const replaced = await churn.stop()
    failures.push(...churn.failures)
    return {
      figures: {
        dhtFindMs: distribution(findMs, 'ms'),
        dhtFindSuccess: shareOf(found / sizes.lookups, sizes.lookups),
        dhtReachMs: distribution(reachMs, 'ms'),
        dhtProvideMs: distribution(provideMs, 'ms'),
        dhtProvideAllMs: single(provideAllMs, 'ms', sizes.contexts),
        dhtServers: single(servers, 'servers', sizes.peers),
        dhtReplaced: single(replaced, 'peers'),
      },
      failures,
    }
  } finally {
    await swarm.stop()
  }
}

function contextsOfPeers({ peers, contexts }: DhtSizes): readonly (readonly SharedContext[])[] {
  const each = Math.floor(contexts / peers)
  return Array.from({ length: peers }, (_, peer) =>
    Array.from({ length: each }, (_, own) => ({
      contextHash: hashText(`context ${own} of peer ${peer}`),
      title: '',
      sizeBytes: 1_000,
      tags: [],
    })),
  )
}

/** Somebody leaves every now and then, and somebody new takes over; `replace` does both. */
function startChurn(
  members: Member[],
  { churnPercentPerMinute }: DhtSizes,
  replace: (leaver: Member) => Promise<void>,
): { stop(): Promise<number>; readonly failures: readonly string[] } {
  const failures: string[] = []
  const stopped = new AbortController()
  let replaced = 0
  const intervalMs = 60_000 / ((members.length * churnPercentPerMinute) / 100)
  async function run(): Promise<void> {
    const isOver = (): Promise<boolean> =>
      pause(intervalMs, false, { signal: stopped.signal }).catch(() => true)
    while (!(await isOver())) {
      const leaver = members.shift()
      if (leaver === undefined) return
      try {
        await replace(leaver)
        replaced += 1
      } catch (error) {
        failures.push(`a peer could not join: ${String(error)}`)
      }
    }
  }
  const running = run()
  return {
    failures,
    async stop() {
      stopped.abort()
      await running
      return replaced
    },
  }
}

/**
 * Looks contexts of live peers up, at a steady pace; what is found counts when its provider is alive and, of those that are
 * tried, is reached.
 */
async function lookUp(
  members: readonly Member[],
  { lookups, lookupsPerSecond }: DhtSizes,
  dice: ReturnType<typeof createDice>,
): Promise<{
  readonly findMs: readonly number[]
  readonly reachMs: readonly number[]
  readonly found: number
}> {
  const findMs: number[] = []
  const reachMs: number[] = []
  const startMs = performance.now()
  let found = 0

  async function lookUpOne(): Promise<void> {
    const [asker, holder] = [dice.pick(members), dice.pick(members)]
    if (asker === holder) return lookUpOne()
    const contextHash: ContextHash = dice.pick(holder.contexts).contextHash
    const mayReach = dice.between(1, 100) <= REACHED_PERCENT
    const askedMs = performance.now()
    const signal = AbortSignal.timeout(LOOKUP_TIMEOUT_MS)
    const providers = await asker.peer.routing.findProviders(contextHash, signal).catch(() => [])
    const tookMs = performance.now() - askedMs
    const provider = providers.find(({ peerId }) => peerId === holder.peer.peerId)
    if (provider === undefined) return
    if (mayReach) {
      const { peerId, addresses } = provider
      const isReached = await asker.peer.connect(peerId, addresses, signal).then(
        () => true,
        () => false,
      )
      if (!isReached) return
      reachMs.push(performance.now() - askedMs)
    }
    found += 1
    findMs.push(tookMs)
  }

  const running: Promise<void>[] = []
  for (let lookup = 0; lookup < lookups; lookup++) {
    await pause(Math.max(0, startMs + (lookup * 1_000) / lookupsPerSecond - performance.now()))
    running.push(lookUpOne())
    if (lookup % 100 === 99) progress(`${lookup + 1} look-ups, ${found} found; ${describeLoad()}`)
  }
  await Promise.all(running)
  return { findMs, reachMs, found }
}

function countServers(members: readonly Member[]): number {
  return members.filter(({ peer }) => peer.state().role === 'server').length
}

async function untilAll(members: readonly Member[], fits: (member: Member) => boolean): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS
  while (!members.every(fits)) {
    if (performance.now() > deadlineMs) throw new Error(`${members.filter(fits).length} peers are ready`)
    await pause(POLL_MS)
  }
}

async function timed(job: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await job()
  return performance.now() - startMs
}

function seconds(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1_000).toFixed(1)
}
