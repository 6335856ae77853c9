import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { distribution, progress, shareOf, single } from '../../bench/report.ts'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { valueOf } from '../support/value-of.ts'
import {
  attackKinds,
  type AttackKind,
  type AttackOrder,
  type AttackReport,
  type CrowdOrder,
  type CrowdReport,
} from './hostile-orders.ts'
import type { SoakReport } from './soak-report.ts'

const HONEST_PEERS = 6
/** Trades before any attack, to know what they leave behind in memory. */
const CALM_TRADES = 12
const SYBILS_PER_SECOND = 20
/** Between two documents of honest peers: each becomes a question of another one. */
const HONEST_PAUSE_MS = 1_000
/** What a server has used and not collected yet is gone at some time within this. */
const QUIET_MS = 45_000
const SAMPLE_MS = 1_000
const HEARD_TIMEOUT_MS = 10_000
const WATCH_MS = 20
/** Longer than any attack may last. */
const ATTACK_TIMEOUT_MS = 20_000
const WORDS = 12

const goals = { share: 0.99, cutOffMs: 5_000, memoryMB: 50 }

/** An honest peer, and the documents of which it was gossiped. */
interface Honest {
  readonly peer: NodePeer
  readonly heard: Map<ContextHash, ContextHash>
}

/** What became of one document: who of the others was gossiped of it, and whether it answered a question. */
interface Outcome {
  readonly heard: readonly boolean[]
  readonly isAnswered: boolean
}

/** How soon attackers were cut off everywhere, by what they did. */
type CutOffs = Readonly<Record<AttackKind, number[]>>

/**
 * Honest peers share documents, hear of them by gossip and buy them of one another, while a crowd of keys of one network
 * claims to have what they share, and one attacker after another floods with forged gossip, sends oversize frames or
 * leaves frames unfinished. Honest work must go on, every attacker be cut off soon, and memory stay bounded.
 */
export async function soakHostile(options: {
  readonly minutes: number
  readonly sybils: number
}): Promise<SoakReport> {
  const server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_TRUST_PROXY: 'true' })
  const honest = await Promise.all(Array.from({ length: HONEST_PEERS }, () => startHonest(server)))
  const attackers = startAttackers(server, firstOf(honest))
  try {
    const calmMBPerTrade = await warmUp(honest, attackers)
    const aloneMB = await readServerMB(server)
    const crowd = await startCrowd(server, {
      count: options.sybils,
      perSecond: SYBILS_PER_SECOND,
      network: '203.0.113',
      contexts: [...new Set(honest.flatMap(({ heard }) => [...heard.keys()]))],
    })
    const before = { serverMB: await readServerMB(server), peersMB: readOwnMB() }
    progress(`${crowd.joined} Sybils, server ${aloneMB.toFixed(0)} → ${before.serverMB.toFixed(0)} MB`)
    const endMs = performance.now() + options.minutes * 60_000
    const attacking = attackUntil(endMs, attackers)
    const outcomes: Outcome[] = []
    while (performance.now() < endMs) {
      outcomes.push(await trade(honest, HONEST_PEERS + CALM_TRADES + outcomes.length))
      await pause(HONEST_PAUSE_MS)
    }
    const cutOffs = await attacking
    const after = { peersMB: readOwnMB(), serverMB: await readServerMB(server) }
    crowd.stop()
    const answered = shareWhere(outcomes.map(({ isAnswered }) => isAnswered))
    const gossiped = outcomes.flatMap(({ heard }) => heard)
    const growth = {
      serverMB: after.serverMB - before.serverMB,
      // What honest work itself leaves behind is not the attackers'.
      peersMB: after.peersMB - before.peersMB - calmMBPerTrade * outcomes.length,
    }
    const slowest = Math.max(...Object.values(cutOffs).flat())
    return {
      bench: 'hostile',
      figures: {
        sybilsJoined: single(crowd.joined, 'keys'),
        serverMBPerSybil: single((before.serverMB - aloneMB) / crowd.joined, 'MB', crowd.joined),
        honestAnswers: shareOf(answered, outcomes.length),
        honestGossip: shareOf(shareWhere(gossiped), gossiped.length),
        gossipCutOffMs: distribution(cutOffs.gossip, 'ms'),
        oversizeCutOffMs: distribution(cutOffs.oversize, 'ms'),
        slowCutOffMs: distribution(cutOffs.slow, 'ms'),
        serverGrowthMB: single(growth.serverMB, 'MB'),
        peersGrowthMB: single(growth.peersMB, 'MB'),
        calmMBPerTrade: single(calmMBPerTrade, 'MB', CALM_TRADES),
      },
      rivals: {},
      failures: [
        ...(answered < goals.share ? [`Only ${answered} of the questions were answered`] : []),
        ...(shareWhere(gossiped) < goals.share
          ? [`Only ${shareWhere(gossiped)} of the gossip was heard`]
          : []),
        ...(slowest > goals.cutOffMs ? [`An attacker stayed for ${slowest.toFixed(0)} ms`] : []),
        ...Object.entries(growth).flatMap(([whose, mb]) =>
          mb > goals.memoryMB ? [`${whose} grew by ${mb.toFixed(0)}`] : [],
        ),
      ],
    }
  } finally {
    attackers.stop()
    await Promise.all(honest.map(({ peer }) => peer.close()))
    await server.stop()
  }
}

/** Everything once, so that what grows later is not what any work takes; gives what each trade leaves behind in memory. */
async function warmUp(honest: readonly Honest[], attackers: Attackers): Promise<number> {
  for (const round of honest.keys()) await trade(honest, round)
  const beforeMB = readOwnMB()
  for (let n = 0; n < CALM_TRADES; n++) await trade(honest, HONEST_PEERS + n)
  const calmMBPerTrade = (readOwnMB() - beforeMB) / CALM_TRADES
  await attackUntil(performance.now(), attackers)
  return calmMBPerTrade
}

async function startHonest(server: TestServer): Promise<Honest> {
  const heard: Honest['heard'] = new Map()
  const peer = await startNodePeer(server, {
    intercept: (handlers) => ({
      onGossip(message, from, topic) {
        if (message.type === 'descriptors') {
          for (const { descriptor } of message.descriptors) {
            heard.set(descriptor.contextHash, descriptor.documentHash)
          }
        }
        return handlers.onGossip(message, from, topic)
      },
    }),
  })
  return { peer, heard }
}

/** One peer shares a document, all others should hear of it, and the next one asks for what stands in it. */
async function trade(honest: readonly Honest[], round: number): Promise<Outcome> {
  const sharer = honest[round % honest.length]
  const asker = honest[(round + 1) % honest.length]
  if (sharer === undefined || asker === undefined) throw new Error('Nobody is honest')
  const words = Array.from({ length: WORDS }, (_, at) => `tide${round}of${at}`).join(' ')
  const documentHash = await sharer.peer.share(
    `tide-${round}.md`,
    `# Tide ${round}\n\nThe moon pulls ${words}.\n`,
  )
  const others = honest.filter((one) => one !== sharer)
  const hasHeard = ({ heard }: Honest): boolean => [...heard.values()].includes(documentHash)
  const untilMs = performance.now() + HEARD_TIMEOUT_MS
  while (!others.every(hasHeard) && performance.now() < untilMs) await pause(WATCH_MS)
  const heard = others.map(hasHeard)
  const { results } = await asker.peer.ask(`What pulls ${words}?`)
  return { heard, isAnswered: results.some(({ provider }) => provider === sharer.peer.identity.peerId) }
}

/** Lets many keys join from a process of their own, whose memory is nobody's concern. */
async function startCrowd(server: TestServer, order: CrowdOrder): Promise<CrowdReport & { stop(): void }> {
  const child = fork(join(import.meta.dirname, 'hostile-crowd.ts'), [server.url])
  child.send(order)
  const { joined } = await new Promise<CrowdReport>((resolve, reject) => {
    child.once('message', (report: CrowdReport) => resolve(report))
    child.once('exit', () => reject(new Error('The crowd has ended')))
  })
  return { joined, stop: () => void child.kill() }
}

/** A process of attackers on the server and one peer. */
interface Attackers {
  /** Lets a new key attack in this way until nobody lets it any more; gives how long that took. */
  attack(kind: AttackKind): Promise<number>
  stop(): void
}

/** They are kept apart, for their memory is nobody's concern. */
function startAttackers(server: TestServer, victim: Honest): Attackers {
  const script = join(import.meta.dirname, 'hostile-attackers.ts')
  const child = fork(script, [server.url, victim.peer.identity.peerId])
  const isLinked = (attacker: PeerId): boolean =>
    valueOf(victim.peer.network.state).links.some(({ peerId }) => peerId === attacker)

  function next<TType extends AttackReport['type']>(
    type: TType,
  ): Promise<Extract<AttackReport, { readonly type: TType }>> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('The attackers have ended'))
      const onMessage = (report: AttackReport): void => {
        child.off('message', onMessage)
        child.off('exit', onExit)
        if (report.type === type) resolve(report as Extract<AttackReport, { readonly type: TType }>)
        else reject(new Error(`The attackers said ${report.type}, not ${type}`))
      }
      child.on('message', onMessage)
      child.on('exit', onExit)
    })
  }

  return {
    async attack(kind) {
      const begun = next('begun')
      child.send({ type: 'begin', kind } satisfies AttackOrder)
      const { peerId } = await begun
      const startedMs = performance.now()
      while (isLinked(peerId) && performance.now() - startedMs < ATTACK_TIMEOUT_MS) await pause(WATCH_MS)
      const linkedMs = performance.now() - startedMs
      const ended = next('ended')
      child.send({ type: 'end' } satisfies AttackOrder)
      return Math.max(linkedMs, (await ended).serverMs)
    },
    stop: () => void child.kill(),
  }
}

/** Lets one attack come after another, each of every kind at least once. */
async function attackUntil(endMs: number, attackers: Attackers): Promise<CutOffs> {
  const cutOffs: CutOffs = { gossip: [], oversize: [], slow: [] }
  do {
    for (const kind of attackKinds) cutOffs[kind].push(await attackers.attack(kind))
  } while (performance.now() < endMs)
  return cutOffs
}

/** The least resident memory of the server while it is quiet. */
async function readServerMB({ url }: TestServer): Promise<number> {
  let leastBytes = Number.POSITIVE_INFINITY
  const untilMs = performance.now() + QUIET_MS
  while (performance.now() < untilMs) {
    await pause(SAMPLE_MS)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const residentBytes = Number(/^process_resident_memory_bytes (\d+)/m.exec(metrics)?.[1])
    leastBytes = Math.min(leastBytes, residentBytes)
  }
  return leastBytes / 1e6
}

/** What this process holds, the honest peers, after collecting. */
function readOwnMB(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

function shareWhere(outcomes: readonly boolean[]): number {
  return outcomes.filter(Boolean).length / outcomes.length
}

function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('There is none')
  return first
}
