import { setTimeout as pause } from 'node:timers/promises'
import { createDice } from '../../test/support/virtual-time.ts'
import { hashText } from '../../src/domain/content/context-hash.ts'
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
/** Between two such lots: all join at one node, which takes 50 connections a second of one host. */
const JOIN_PAUSE_MS = 150
const READY_TIMEOUT_MS = 180_000
/** Elections are a matter of chance; there may be one server less than is wanted for long. */
const SETTLE_MS = 90_000
const POLL_MS = 50
/** What who asks waits for at most. */
const LOOKUP_TIMEOUT_MS = 5_000
/** So long nothing is asked, for what the nodes cost by themselves. */
const IDLE_MS = 10_000
/** A seed only so that all runs ask for the same. */
const SEED = 1

/** A peer that has found the DHT, and the contexts that nobody but it provides. */
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
    const startMs = performance.now()
    const peers: DhtPeer[] = []
    while (peers.length < sizes.peers) {
      const joining = Math.min(JOINS_AT_ONCE, sizes.peers - peers.length)
      peers.push(...(await Promise.all(Array.from({ length: joining }, () => swarm.join()))))
      await pause(JOIN_PAUSE_MS)
    }
    progress(`${peers.length} peers after ${seconds(startMs)} s; ${describeLoad()}`)
    await Promise.all(peers.map(untilReached))
    progress(`the DHT is reached by all after ${seconds(startMs)} s; ${describeLoad()}`)
    // Each new server is told what it is closest to: with most of them to come, that would be measured.
    await Promise.race([swarm.settled(), pause(SETTLE_MS)])
    const servers = countServers(peers)
    progress(`${servers} servers after ${seconds(startMs)} s; ${describeLoad()}`)
    const idle = watchProcessor()
    await pause(IDLE_MS)
    const idleCores = idle() / IDLE_MS

    const provideStartMs = performance.now()
    const providing = watchProcessor()
    const members: Member[] = []
    for (const [n, contexts] of contextsOfPeers(sizes).entries()) {
      const [peer, first] = [peers[n], contexts[0]]
      if (peer === undefined || first === undefined) continue
      provideMs.push(await timed(() => untilProvided(peer, [first])))
      await untilProvided(peer, contexts)
      members.push({ peer, contexts })
    }
    const provideAllMs = performance.now() - provideStartMs
    const provideCpuMs = providing()
    progress(`${sizes.contexts} contexts provided in ${seconds(provideStartMs)} s; ${describeLoad()}`)

    const joinMs: number[] = []
    const churn = startChurn(members, sizes, async ({ peer: leaver, contexts }) => {
      await swarm.leave(leaver)
      joinMs.push(
        await timed(async () => {
          const peer = await swarm.join()
          await untilReached(peer)
          await untilProvided(peer, contexts)
          members.push({ peer, contexts })
        }),
      )
    })
    const asking = watchProcessor()
    const { findMs, namedMs } = await lookUp(members, sizes, dice)
    const askCpuMs = asking()
    await churn.stop()
    failures.push(...churn.failures)
    return {
      figures: {
        dhtFindMs: distribution(findMs, 'ms'),
        dhtFindSuccess: shareOf(findMs.length / sizes.lookups, sizes.lookups),
        dhtNamedMs: distribution(namedMs, 'ms'),
        dhtProvideMs: distribution(provideMs, 'ms'),
        dhtProvideAllMs: single(provideAllMs, 'ms', sizes.contexts),
        dhtServers: single(servers, 'servers', sizes.peers),
        ...(joinMs.length === 0 ? {} : { dhtJoinMs: distribution(joinMs, 'ms') }),
        dhtIdleCores: single(idleCores, 'cores', sizes.peers),
        dhtProvideCpuMs: single(provideCpuMs / sizes.contexts, 'ms', sizes.contexts),
        dhtFindCpuMs: single(askCpuMs / sizes.lookups, 'ms', sizes.lookups),
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
): { stop(): Promise<void>; readonly failures: readonly string[] } {
  const failures: string[] = []
  const replacing: Promise<void>[] = []
  const intervalMs = 60_000 / ((members.length * churnPercentPerMinute) / 100)
  const timer = setInterval(() => {
    const leaver = members.shift()
    if (leaver === undefined) return
    const replaced = replace(leaver).catch((error: unknown) => {
      failures.push(`a peer could not join: ${String(error)}`)
    })
    replacing.push(replaced)
  }, intervalMs)
  return {
    failures,
    async stop() {
      clearInterval(timer)
      await Promise.all(replacing)
    },
  }
}

/**
 * Looks contexts of live peers up, at a steady pace: how long until somebody is named, and until one of those named is
 * linked. Peers that left may be named still.
 */
async function lookUp(
  members: readonly Member[],
  { lookups, lookupsPerSecond }: DhtSizes,
  dice: ReturnType<typeof createDice>,
): Promise<{ readonly findMs: readonly number[]; readonly namedMs: readonly number[] }> {
  const findMs: number[] = []
  const namedMs: number[] = []
  const startMs = performance.now()

  async function lookUpOne(): Promise<void> {
    const [{ peer: asker }, holder] = [dice.pick(members), dice.pick(members)]
    if (asker === holder.peer) return lookUpOne()
    const { contextHash } = dice.pick(holder.contexts)
    const askedMs = performance.now()
    const signal = AbortSignal.timeout(LOOKUP_TIMEOUT_MS)
    try {
      const providers = await asker.routing.findProviders(contextHash, signal)
      if (providers.length > 0) namedMs.push(performance.now() - askedMs)
      await Promise.any(providers.map(({ peerId, addresses }) => asker.connect(peerId, addresses, signal)))
      findMs.push(performance.now() - askedMs)
    } catch {
      // Nobody was named, or reached; what is missing in the figures tells.
    }
  }

  const running: Promise<void>[] = []
  for (let lookup = 0; lookup < lookups; lookup++) {
    await pause(Math.max(0, startMs + (lookup * 1_000) / lookupsPerSecond - performance.now()))
    running.push(lookUpOne())
    if (lookup % 100 === 99) progress(`${lookup + 1} look-ups, ${findMs.length} found; ${describeLoad()}`)
  }
  await Promise.all(running)
  return { findMs, namedMs }
}

function countServers(peers: readonly DhtPeer[]): number {
  return peers.filter(({ state }) => state().role === 'server').length
}

/** Resolves once the peer knows a server. */
async function untilReached({ state }: DhtPeer): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS
  while (state().size === 0) {
    if (performance.now() > deadlineMs) throw new Error('A peer knows no server of the DHT')
    await pause(POLL_MS)
  }
}

/** Resolves once servers keep all of it; where none does the peer tries again, as it does whenever it announces. */
async function untilProvided({ routing }: DhtPeer, contexts: readonly SharedContext[]): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    try {
      await routing.provide(contexts)
      return
    } catch (error) {
      if (performance.now() > deadlineMs) throw error
      await pause(POLL_MS)
    }
  }
}

/** Gives a function that tells the processor time, in ms, that this process used since. */
function watchProcessor(): () => number {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
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
