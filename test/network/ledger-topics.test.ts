import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { RelayNode } from '../../signaling/relay.ts'
import { publishGossip } from '../../src/adapters/network-libp2p/gossip.ts'
import { CHOICE_RULE } from '../../src/domain/gossip/topic-choice.ts'
import { shardTopicOf, shardTopics } from '../../src/domain/gossip/topics.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import { GOSSIP_TOPICS, topicName } from '../../src/protocols/gossip.ts'
import { createGossipSwarm, freshEntry, type GossipPeer, type RawGossiper } from '../support/gossip-swarm.ts'
import { ann, bob } from '../support/ledger.ts'
import { certificateOf, entryAt, operations } from '../support/slot-entries.ts'

/** The rule of every peer, with less patience. */
const rule = { ...CHOICE_RULE, quietMs: 5_000, averageMs: 5_000, holdMs: 2_000 }
/** How soon what matters to a peer has to be known. */
const KNOWN_WITHIN_MS = 5_000
const SWITCH_MS = 60_000
/** So many of a crowd's entries make the shares that peers hear of it comparable. */
const ENOUGH_TO_COMPARE = 250

const swarm = createGossipSwarm()
afterEach(() => swarm.stopAll())

/** Starts a server, a peer that listens to everything, light ones in a row, and one that tells what a test wants told. */
async function start() {
  const server = await swarm.startServer()
  const full = await swarm.startPeer(server)
  const light = await Promise.all(Array.from({ length: 3 }, () => swarm.startPeer(server, rule)))
  for (const [at, peer] of light.entries()) {
    const next = light[at + 1]
    if (next !== undefined) await peer.network.connect(next.identity.peerId, [])
  }
  const teller = await swarm.startRaw(server)
  await expect.poll(() => teller.node.services.pubsub.getSubscribers(GOSSIP_TOPICS.ledger)).toHaveLength(1)
  return { server, full, light, teller }
}

const tell = (teller: RawGossiper, signed: SignedEntry): Promise<void> =>
  publishGossip(teller.node.services.pubsub, { type: 'entry', signed })

/** Lets new accounts tell 100 entries a second until the returned function is called, which gives what was told. */
function crowd(teller: RawGossiper): () => Promise<readonly SignedEntry[]> {
  const end = new AbortController()
  const done = (async () => {
    const told: SignedEntry[] = []
    const startedMs = performance.now()
    while (!end.signal.aborted) {
      for (; told.length < ((performance.now() - startedMs) * 100) / 1_000;) {
        const signed = freshEntry()
        told.push(signed)
        await tell(teller, signed)
      }
      await setTimeout(10)
    }
    return told
  })()
  return () => {
    end.abort()
    return done
  }
}

const listensToAll = ({ listened }: GossipPeer): boolean => listened().has('ledger')

/** Waits until all light peers listen to the base topic, or none of them, and the server knows. */
async function untilListening(
  toAll: boolean,
  light: readonly GossipPeer[],
  server: RelayNode,
): Promise<void> {
  await expect
    .poll(() => light.every((peer) => listensToAll(peer) === toAll), { timeout: SWITCH_MS })
    .toBe(true)
  const subscribers = () =>
    server.services.pubsub.getSubscribers(GOSSIP_TOPICS.ledger).map((peer) => peer.toString())
  await expect
    .poll(() => light.filter(({ identity }) => subscribers().includes(identity.peerId)).length)
    .toBe(toAll ? light.length : 0)
}

const shareHeard = ({ heard }: GossipPeer, told: readonly SignedEntry[]): number =>
  told.filter(({ hash }) => heard.has(hash)).length / told.length

test('in a busy network light peers hear what matters to them only, and in a quiet one everything', async () => {
  const { server, full, light, teller } = await start()
  const [payee, other, third] = light
  if (payee === undefined || other === undefined || third === undefined) throw new Error('No peers')
  const quieten = crowd(teller)
  await untilListening(false, light, server)
  const before = new Set(await quieten())

  // What everybody tells from now on is heard by those only who listen to its shard.
  const endCrowd = crowd(teller)
  // Two payees are offered one reserve of ann's each, at the same place.
  for (const [n, peer] of [payee, other].entries()) {
    peer.listening.heed(ann.peerId)
    peer.forkWatch.note(entryAt(ann, 5, operations.reserve(n + 1)))
  }
  const startedMs = performance.now()
  const isKnown = () => [...light, full].every(({ forkWatch }) => forkWatch.isFrozen(ann.account))
  await expect.poll(isKnown, { interval: 20, timeout: KNOWN_WITHIN_MS }).toBe(true)
  expect(performance.now() - startedMs).toBeLessThan(KNOWN_WITHIN_MS)

  // The third deals with bob, and bob claims; besides, somebody tells an entry of its own account.
  third.listening.heed(bob.peerId)
  await expect
    .poll(() => server.services.pubsub.getSubscribers(topicName(shardTopicOf(bob.account))).length)
    .toBeGreaterThan(0)
  const claim = entryAt(bob, 5, operations.claim(1))
  const own = freshEntry(third.identity)
  await tell(teller, claim)
  await publishGossip(teller.node.services.pubsub, {
    type: 'certificate',
    certificate: certificateOf(claim),
  })
  await tell(teller, own)
  await expect
    .poll(() => [claim, own].every(({ hash }) => third.heard.has(hash)), { timeout: KNOWN_WITHIN_MS })
    .toBe(true)
  expect(third.forkWatch.isAdmitted(bob.account)).toBe(true)

  const heardBefore = full.heard.size
  await expect
    .poll(() => full.heard.size - heardBefore, { timeout: SWITCH_MS })
    .toBeGreaterThanOrEqual(ENOUGH_TO_COMPARE)
  const told = (await endCrowd()).filter((signed) => !before.has(signed))
  await expect.poll(() => shareHeard(full, told), { timeout: KNOWN_WITHIN_MS }).toBeGreaterThanOrEqual(0.95)
  for (const peer of light) {
    const own = peer.listened()
    expect(own.size).toBeLessThanOrEqual(2)
    const ofOwn = told.filter(({ entry }) => own.has(shardTopicOf(entry.account)))
    await expect
      .poll(() => shareHeard(peer, ofOwn), { timeout: KNOWN_WITHIN_MS })
      .toBeGreaterThanOrEqual(0.95)
    expect(shareHeard(peer, told)).toBeLessThan((own.size / shardTopics.length) * 2)
  }

  await untilListening(true, light, server)
  const last = freshEntry()
  await tell(teller, last)
  await expect
    .poll(() => light.every(({ heard }) => heard.has(last.hash)), { timeout: KNOWN_WITHIN_MS })
    .toBe(true)
}, 180_000)
