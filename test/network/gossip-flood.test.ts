import { setTimeout } from 'node:timers/promises'
import { RPC } from '@libp2p/gossipsub/message'
import { afterEach, expect, test } from 'vitest'
import type { RelayNode } from '../../signaling/relay.ts'
import { shardTopicOf, type GossipTopic } from '../../src/domain/gossip/topics.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import {
  CUT_OFF_SCORE,
  GOSSIP_TOPICS,
  SCORE_WATCH_MS,
  scoreReader,
  topicName,
} from '../../src/protocols/gossip.ts'
import { encodeLedgerGossip } from '../../src/protocols/ledger-gossip.ts'
import {
  ARRIVAL_MS,
  createGossipSwarm,
  freshEntry,
  type GossipPeer,
  type RawGossiper,
} from '../support/gossip-swarm.ts'
import { ann, bob } from '../support/ledger.ts'
import { certificateOf, entryAt, operations } from '../support/slot-entries.ts'
import { valueOf } from '../support/value-of.ts'

/** How soon whoever misbehaves is cut off. */
const CUT_OFF_WITHIN_MS = 5_000

const swarm = createGossipSwarm()
afterEach(() => swarm.stopAll())

const wireOf = (signed: SignedEntry) => encodeLedgerGossip({ type: 'entry', signed })

/** Starts a node without rules that is connected to the server and to one peer, which know that it gossips. */
async function startHostile(server: RelayNode, peer: GossipPeer): Promise<RawGossiper> {
  const raw = await swarm.startRaw(server, [peer])
  await expect.poll(() => raw.node.services.pubsub.getSubscribers(GOSSIP_TOPICS.ledger)).toHaveLength(2)
  return raw
}

/** Lets every peer tell an entry ten times a second; gives the share of them that the others have heard, at any time. */
async function converse(peers: readonly GossipPeer[], seconds: number): Promise<() => number> {
  const told: { readonly by: GossipPeer; readonly signed: SignedEntry }[] = []
  for (let n = 0; n < seconds * 10; n++) {
    for (const by of peers) {
      const signed = freshEntry()
      told.push({ by, signed })
      void by.gossip.announce({ type: 'entry', signed })
    }
    await setTimeout(100)
  }
  return () => {
    const heard = told.flatMap(({ by, signed }) =>
      peers.filter((peer) => peer !== by).map((peer) => peer.heard.has(signed.hash)),
    )
    return heard.filter(Boolean).length / heard.length
  }
}

/** Sends `perSecond` messages until the returned function is called. */
function flood(
  raw: RawGossiper,
  perSecond: number,
  make: (at: number) => Uint8Array,
  topic: GossipTopic = 'ledger',
): () => Promise<void> {
  const end = new AbortController()
  const done = (async () => {
    const startedMs = performance.now()
    for (let sent = 0; !end.signal.aborted;) {
      for (; sent < ((performance.now() - startedMs) * perSecond) / 1_000; sent++) {
        await raw.send(topicName(topic), make(sent)).catch(() => undefined)
      }
      await setTimeout(10)
    }
  })()
  return async () => {
    end.abort()
    await done
  }
}

/** Whether the server and the peer have a connection with the node. */
const isLinked = (raw: RawGossiper, server: RelayNode, peer: GossipPeer): boolean =>
  server.getConnections().some(({ remotePeer }) => remotePeer.toString() === raw.peerId) ||
  valueOf(peer.network.state).links.some(({ peerId }) => peerId === raw.peerId)

/** Waits until neither server nor peer has a connection with the node, and says how long that took. */
async function untilCutOff(...[raw, server, peer]: Parameters<typeof isLinked>): Promise<number> {
  const startedMs = performance.now()
  await expect.poll(() => isLinked(raw, server, peer), { interval: 20, timeout: ARRIVAL_MS }).toBe(false)
  return performance.now() - startedMs
}

const repeated = freshEntry()

/** A message as gossipsub writes it on a stream. */
function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  const prefix: number[] = []
  let rest = bytes.length
  for (; rest >= 0x80; rest >>= 7) prefix.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Uint8Array.of(...prefix, rest), bytes])
}

/** The peer, which must be there. */
function firstOf([first]: readonly GossipPeer[]): GossipPeer {
  if (first === undefined) throw new Error('No peer')
  return first
}

test('whoever sends invalid entries is cut off and refused, and nobody else notices', async () => {
  const { server, peers } = await swarm.startRing(4)
  const liar = await startHostile(server, firstOf(peers))
  const wire = wireOf(freshEntry())
  const forged = (at: number) => {
    const bytes = wire.slice()
    new DataView(bytes.buffer).setUint32(bytes.length - 8, at)
    return bytes
  }
  const stop = flood(liar, 50, forged)
  const [cutOffMs, shareHeard] = await Promise.all([
    untilCutOff(liar, server, firstOf(peers)),
    converse(peers, 4),
  ])
  await stop()
  expect(cutOffMs).toBeLessThan(CUT_OFF_WITHIN_MS)
  expect(scoreReader(server.services.pubsub)(liar.peerId)).toBeLessThan(CUT_OFF_SCORE)
  await expect.poll(shareHeard, { timeout: ARRIVAL_MS }).toBeGreaterThanOrEqual(0.99)
  expect(await liar.reconnect()).toBe(false)
  expect(isLinked(liar, server, firstOf(peers))).toBe(false)
})

test('whoever sends more than an honest node passes on is cut off, however valid it is', async () => {
  const { server, peers } = await swarm.startRing(4)
  const entries = Array.from({ length: 6_000 }, () => wireOf(freshEntry()))
  const flooder = await startHostile(server, firstOf(peers))
  const stop = flood(flooder, 2_000, (at) => entries[at % entries.length] ?? new Uint8Array())
  const [cutOffMs, shareHeard] = await Promise.all([
    untilCutOff(flooder, server, firstOf(peers)),
    converse(peers, 4),
  ])
  await stop()
  expect(cutOffMs).toBeLessThan(CUT_OFF_WITHIN_MS)
  await expect.poll(shareHeard, { timeout: ARRIVAL_MS }).toBeGreaterThanOrEqual(0.99)
})

/** What is sent on the topic of a shard by those who want to do harm. */
const shard = shardTopicOf(ann.account)
const attacks = [
  {
    name: 'sends entries of other shards on the topic of a shard',
    perSecond: 50,
    make: (at: number) => wireOf(entryAt(bob, 1, operations.pay(at))),
  },
  {
    name: 'sends more than an honest node passes on, on the topic of a shard',
    perSecond: 500,
    make: (at: number) => wireOf(freshEntry(ann, Date.now() + at)),
  },
]

test.each(attacks)('whoever $name is cut off, and nobody else notices', async ({ perSecond, make }) => {
  expect(shardTopicOf(bob.account)).not.toBe(shard)
  const { server, peers } = await swarm.startRing(4)
  for (const { network } of peers) network.listen(new Set(['ledger', shard]))
  const hostile = await startHostile(server, firstOf(peers))
  await expect.poll(() => hostile.node.services.pubsub.getSubscribers(topicName(shard))).toHaveLength(2)
  const stop = flood(hostile, perSecond, make, shard)
  const [cutOffMs, shareHeard] = await Promise.all([
    untilCutOff(hostile, server, firstOf(peers)),
    converse(peers, 4),
  ])
  await stop()
  expect(cutOffMs).toBeLessThan(CUT_OFF_WITHIN_MS)
  await expect.poll(shareHeard, { timeout: ARRIVAL_MS }).toBeGreaterThanOrEqual(0.99)
})

test('whoever repeats known messages without end is cut off', async () => {
  const server = await swarm.startServer()
  const peer = await swarm.startPeer(server)
  const parrot = await startHostile(server, peer)
  const messages = Array.from({ length: 1_000 }, () => ({
    topic: GOSSIP_TOPICS.ledger,
    data: wireOf(repeated),
  }))
  const bundle = lengthPrefixed(RPC.encode({ subscriptions: [], messages }))
  const [streams] = await Promise.all([parrot.openGossip(), setTimeout(2 * SCORE_WATCH_MS)])
  const cutOff = untilCutOff(parrot, server, peer)
  for (let sent = 0; sent < 400 && isLinked(parrot, server, peer); sent++) {
    for (const stream of streams) if (stream.status === 'open') stream.send(bundle)
    await setTimeout(10)
  }
  expect(await cutOff).toBeLessThan(ARRIVAL_MS)
  expect(await parrot.reconnect()).toBe(false)
})

test('several who flood just below that together take nothing from others, and no proof waits for them', async () => {
  const { server, peers } = await swarm.startRing(4)
  const flooders: RawGossiper[] = []
  for (let n = 0; n < 3; n++) flooders.push(await startHostile(server, firstOf(peers)))
  const stops = flooders.map((flooder) => flood(flooder, 150, () => wireOf(freshEntry())))
  const shareHeard = await converse(peers, 4)
  // Two peers are offered one reserve each, at the same place of one account.
  firstOf(peers).forkWatch.note(entryAt(ann, 5, operations.reserve(1)))
  firstOf(peers.slice(1)).forkWatch.note(entryAt(ann, 5, operations.reserve(2)))
  const startedMs = performance.now()
  await expect
    .poll(() => peers.filter(({ forkWatch }) => !forkWatch.isFrozen(ann.account)), { timeout: ARRIVAL_MS })
    .toEqual([])
  expect(performance.now() - startedMs).toBeLessThan(5_000)
  await Promise.all(stops.map((stop) => stop()))
  await expect.poll(shareHeard, { timeout: ARRIVAL_MS }).toBeGreaterThanOrEqual(0.99)
})

test('whoever forwards in another order than things happened keeps its good name', async () => {
  const { server, peers } = await swarm.startRing(2)
  const forwarder = await startHostile(server, firstOf(peers))
  const send = (message: Uint8Array) => forwarder.send(GOSSIP_TOPICS.ledger, message)
  const chain = (owner: Identity) =>
    [5, 3, 4, 2, 1, 900].map((seq) => entryAt(owner, seq, operations.pay(seq)))
  for (const signed of [...chain(bob), ...chain(ann)]) {
    await send(encodeLedgerGossip({ type: 'certificate', certificate: certificateOf(signed) }))
    await send(wireOf(signed))
    await send(wireOf(entryAt(bob, signed.entry.seq, operations.claim(signed.entry.seq))))
    await send(wireOf(freshEntry(undefined, Date.now() + 600_000)))
  }
  const last = freshEntry()
  await send(wireOf(last))
  await expect
    .poll(() => peers.every(({ heard }) => heard.has(last.hash)), { timeout: ARRIVAL_MS })
    .toBe(true)
  expect(scoreReader(server.services.pubsub)(forwarder.peerId)).toBeGreaterThanOrEqual(0)
})
