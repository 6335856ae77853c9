import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, expect, test } from 'vitest'
import { toLibp2pPeerId } from '../../src/adapters/network-libp2p/addresses.ts'
import { startLinkKeeper } from '../../src/adapters/network-libp2p/link-keeper.ts'
import { createLinks } from '../../src/adapters/network-libp2p/links.ts'
import { nodeTransports } from '../../src/adapters/network-libp2p/node-transports.ts'
import { createNode, type PeerNode } from '../../src/adapters/network-libp2p/start-libp2p.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { GOSSIP_TOPICS } from '../../src/protocols/gossip.ts'
import { testIdentity } from '../support/ledger.ts'
import { addressOf, startTestRelay } from '../support/libp2p-peers.ts'
import { testDht } from '../support/test-dht.ts'

const stops: (() => unknown)[] = []
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())))

const clock = createNodeClock()
const TOPIC = GOSSIP_TOPICS.contexts

async function startNode(identity: Identity, relay: string): Promise<PeerNode> {
  const node = await createNode(
    { identity, transports: await nodeTransports({ iceServers: [] }) },
    { listen: [`${relay}/p2p-circuit`, '/webrtc'], dialTimeoutMs: 5_000, gater: {}, dht: testDht },
  )
  await node.start()
  stops.push(() => node.stop())
  node.services.pubsub.subscribe(TOPIC)
  return node
}

const directConnections = (node: PeerNode, other: Identity): Connection[] =>
  node.getConnections(toLibp2pPeerId(other.peerId)).filter((connection) => connection.limits === undefined)

function connectionClosed(node: PeerNode): Promise<void> {
  return new Promise((resolve) => node.addEventListener('connection:close', () => resolve(), { once: true }))
}

/** Publishes again and again until the other side hears it, for gossip streams take a moment to open. */
async function gossipReaches(from: PeerNode, to: PeerNode): Promise<void> {
  const heard = new Promise<void>((resolve) =>
    to.services.pubsub.addEventListener('message', () => resolve(), { once: true }),
  )
  let count = 0
  const publish = () => from.services.pubsub.publish(TOPIC, Uint8Array.of(from.peerId.type.length, count++))
  const stop = clock.every(100, () => void publish())
  await heard.finally(stop)
}

/** Resolves once `node` has heard from the other that it takes part in the topic, over the other's gossip stream. */
async function gossipStreamFrom(node: PeerNode, other: Identity): Promise<void> {
  const { pubsub } = node.services
  const subscribed = () => pubsub.getSubscribers(TOPIC).some((peer) => peer.toString() === other.peerId)
  while (!subscribed()) {
    await new Promise((resolve) => pubsub.addEventListener('subscription-change', resolve, { once: true }))
  }
}

test('of two direct links to one peer both sides keep the same, and gossip moves to it', async () => {
  // A relay that passes no gossip on.
  const relay = await startTestRelay(0, () => 'ignore')
  stops.push(() => relay.stop())
  const address = addressOf(relay)
  const identities = [testIdentity(1), testIdentity(2)].sort((a, b) => (a.peerId < b.peerId ? -1 : 1))
  const [smaller = testIdentity(1), larger = testIdentity(2)] = identities
  const [a, b] = [await startNode(smaller, address), await startNode(larger, address)]
  const dial = (from: PeerNode, to: Identity): Promise<unknown> =>
    from
      .dial(multiaddr(`${address}/p2p-circuit/webrtc/p2p/${to.peerId}`), { force: true })
      // On one machine a dial now and then fails at once.
      .catch(() => dial(from, to))
  // As if both had dialled at once: gossip runs over the link that the larger peer id opened, which has to go.
  await dial(b, smaller)
  await Promise.all([gossipStreamFrom(a, larger), gossipStreamFrom(b, smaller)])
  await dial(a, larger)
  expect(directConnections(a, larger)).toHaveLength(2)

  for (const node of [a, b]) {
    const links = createLinks(node, { servers: new Set() })
    stops.push(startLinkKeeper({ node, links, clock, retire: () => undefined }))
  }
  while (directConnections(a, larger).length > 1) await connectionClosed(a)
  while (directConnections(b, smaller).length > 1) await connectionClosed(b)
  expect(directConnections(a, larger)[0]?.direction).toBe('outbound')
  await gossipReaches(a, b)
  await gossipReaches(b, a)
})
