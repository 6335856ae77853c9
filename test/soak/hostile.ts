import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { distribution, progress, shareOf, single } from '../../bench/report.ts'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { GOSSIP_TOPICS } from '../../src/protocols/gossip.ts'
import { peerProtocols, serverProtocols } from '../../src/protocols/protocol-limits.ts'
import { encodeTrackerRequest } from '../../src/protocols/tracker.ts'
import { startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { startRawPeer, type RawPeer } from '../support/node-peer-raw.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startSybils } from '../support/sybil-crowd.ts'
import { valueOf } from '../support/value-of.ts'
import type { SoakReport } from './soak-report.ts'

const HONEST_PEERS = 6
const SYBILS_PER_SECOND = 20
/** Between two documents of honest peers: each becomes a question of another one. */
const HONEST_PAUSE_MS = 1_000
const SETTLE_MS = 5_000
const HEARD_TIMEOUT_MS = 10_000
const WATCH_MS = 20
/** Longer than any attack may last. */
const ATTACK_TIMEOUT_MS = 20_000
const FORGED_BYTES = 400
const FORGED_PER_STEP = 10
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
type CutOffs = Readonly<Record<'gossip' | 'oversize' | 'slow', number[]>>

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
  try {
    await warmUp(server, honest)
    const alone = await readMemory(server)
    const crowd = await startSybils(server, {
      count: options.sybils,
      perSecond: SYBILS_PER_SECOND,
      network: '203.0.113',
      contexts: [...new Set(honest.flatMap(({ heard }) => [...heard.keys()]))],
    })
    await pause(SETTLE_MS)
    const before = await readMemory(server)
    progress(`${crowd.joined} Sybils, server ${alone.serverMB.toFixed(0)} → ${before.serverMB.toFixed(0)} MB`)
    const endMs = performance.now() + options.minutes * 60_000
    const attacking = attackUntil(endMs, server, firstOf(honest))
    const outcomes: Outcome[] = []
    while (performance.now() < endMs) {
      outcomes.push(await trade(honest, HONEST_PEERS + outcomes.length))
      await pause(HONEST_PAUSE_MS)
    }
    const cutOffs = await attacking
    await pause(SETTLE_MS)
    const after = await readMemory(server)
    await crowd.stop()
    const answered = shareWhere(outcomes.map(({ isAnswered }) => isAnswered))
    const gossiped = outcomes.flatMap(({ heard }) => heard)
    const growth = {
      serverMB: after.serverMB - before.serverMB,
      peersMB: after.peersMB - before.peersMB,
    }
    const slowest = Math.max(...Object.values(cutOffs).flat())
    return {
      bench: 'hostile',
      figures: {
        sybilsJoined: single(crowd.joined, 'keys'),
        serverMBPerSybil: single((before.serverMB - alone.serverMB) / options.sybils, 'MB', options.sybils),
        honestAnswers: shareOf(answered, outcomes.length),
        honestGossip: shareOf(shareWhere(gossiped), gossiped.length),
        gossipCutOffMs: distribution(cutOffs.gossip, 'ms'),
        oversizeCutOffMs: distribution(cutOffs.oversize, 'ms'),
        slowCutOffMs: distribution(cutOffs.slow, 'ms'),
        serverGrowthMB: single(growth.serverMB, 'MB'),
        peersGrowthMB: single(growth.peersMB, 'MB'),
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
    await Promise.all(honest.map(({ peer }) => peer.close()))
    await server.stop()
  }
}

/** Everything once, so that what grows later is not what any work takes. */
async function warmUp(server: TestServer, honest: readonly Honest[]): Promise<void> {
  for (const round of honest.keys()) await trade(honest, round)
  await attackUntil(performance.now(), server, firstOf(honest))
  await pause(SETTLE_MS)
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

/** Lets one attacker come after another, each with a new key, against the server and one peer at once. */
async function attackUntil(endMs: number, server: TestServer, victim: Honest): Promise<CutOffs> {
  const cutOffs: CutOffs = { gossip: [], oversize: [], slow: [] }
  const attacks = { gossip: forgeGossip, oversize: sendOversize, slow: leaveUnfinished }
  while (performance.now() < endMs || cutOffs.slow.length === 0) {
    for (const kind of ['gossip', 'oversize', 'slow'] as const) {
      const attacker = await startRawPeer(server)
      await attacker.open(victim.peer.identity.peerId, peerProtocols.search.id)
      const startedMs = performance.now()
      const over = new AbortController()
      const attack = attacks[kind](attacker, victim, over.signal)
      while (!(await isCutOff(attacker, victim)) && performance.now() - startedMs < ATTACK_TIMEOUT_MS) {
        await pause(WATCH_MS)
      }
      cutOffs[kind].push(performance.now() - startedMs)
      over.abort()
      await attack
      await attacker.stop()
    }
  }
  return cutOffs
}

/** Whether neither the server nor the victim has a connection with the attacker any more. */
async function isCutOff(attacker: RawPeer, { peer }: Honest): Promise<boolean> {
  const { links } = valueOf(peer.network.state)
  if (links.some(({ peerId }) => peerId === attacker.identity.peerId)) return false
  const request = encodeTrackerRequest({ type: 'peer-list', numwant: 1 })
  return attacker.askServer(serverProtocols.tracker.id, request).then(
    () => false,
    () => true,
  )
}

async function forgeGossip(attacker: RawPeer, _victim: Honest, over: AbortSignal): Promise<void> {
  const { pubsub } = attacker.node.services
  while (!over.aborted) {
    for (let n = 0; n < FORGED_PER_STEP; n++) {
      const forged = crypto.getRandomValues(new Uint8Array(FORGED_BYTES))
      await pubsub.publish(GOSSIP_TOPICS.ledger, forged).catch(() => undefined)
    }
    await pause(WATCH_MS)
  }
}

function sendOversize(attacker: RawPeer, victim: Honest, over: AbortSignal): Promise<void> {
  return attackBoth(attacker, victim, over, Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
}

function leaveUnfinished(attacker: RawPeer, victim: Honest, over: AbortSignal): Promise<void> {
  return attackBoth(attacker, victim, over, Uint8Array.of(50, 1))
}

/** Opens as many streams as there may be, of every protocol, sends the bytes on each, and begins anew when it ends. */
async function attackBoth(
  attacker: RawPeer,
  victim: Honest,
  over: AbortSignal,
  bytes: Uint8Array,
): Promise<void> {
  const [tracker] = attacker.info.trackers
  if (tracker === undefined) throw new Error('The server names no tracker')
  const targets = [
    ...Object.values(peerProtocols).map((limits) => ({ peerId: victim.peer.identity.peerId, limits })),
    ...Object.values(serverProtocols).map((limits) => ({ peerId: tracker, limits })),
  ]
  const streams = targets.flatMap(({ peerId, limits }) =>
    Array.from({ length: limits.maxStreams }, async () => {
      while (!over.aborted) {
        try {
          const stream = await attacker.open(peerId, limits.id)
          stream.send(bytes)
          while ((await stream.next()) !== undefined);
        } catch {
          return
        }
      }
    }),
  )
  // Streams to whoever has cut it off end only when the attacker itself stops.
  void Promise.all(streams)
  await Promise.resolve()
}

/** Resident memory of the server, and what this process holds, honest peers and attackers, after collecting. */
async function readMemory({
  url,
}: TestServer): Promise<{ readonly serverMB: number; readonly peersMB: number }> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const residentBytes = Number(/^process_resident_memory_bytes (\d+)/m.exec(metrics)?.[1])
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { serverMB: residentBytes / 1e6, peersMB: (heapUsed + arrayBuffers) / 1e6 }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}

function shareWhere(outcomes: readonly boolean[]): number {
  return outcomes.filter(Boolean).length / outcomes.length
}

function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('There is none')
  return first
}
