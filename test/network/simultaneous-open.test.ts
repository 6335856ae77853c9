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

const stops: (() => unknown)[] = []
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())))

const clock = createNodeClock()

async function startNode(identity: Identity, relay: string): Promise<PeerNode> {
  const node = await createNode(
    { identity, transports: await nodeTransports({ iceServers: [] }) },
    { listen: [`${relay}/p2p-circuit`, '/webrtc'], dialTimeoutMs: 5_000, gater: {} },
  )
  await node.start()
  stops.push(() => node.stop())
  node.services.pubsub.subscribe(GOSSIP_TOPICS.contexts)
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
  const publish = () =>
    from.services.pubsub.publish(GOSSIP_TOPICS.contexts, Uint8Array.of(from.peerId.type.length, count++))
  const stop = clock.every(100, () => void publish())
  await heard.finally(stop)
}

test('two direct links left by simultaneous dials become one, which both sides chose and gossip moved to', async () => {
  const relay = await startTestRelay()
  stops.push(() => relay.stop())
  const address = addressOf(relay)
  const [anna, ben] = [testIdentity(1), testIdentity(2)]
  const [a, b] = [await startNode(anna, address), await startNode(ben, address)]
  const dial = (from: PeerNode, to: Identity): Promise<unknown> =>
    from
      .dial(multiaddr(`${address}/p2p-circuit/webrtc/p2p/${to.peerId}`), { force: true })
      // On one machine a dial now and then fails at once.
      .catch(() => dial(from, to))
  await Promise.all([dial(a, ben), dial(b, anna)])
  // Whichever came first, force a second one.
  if (directConnections(a, ben).length < 2) await dial(a, ben)
  expect(directConnections(a, ben).length).toBeGreaterThan(1)

  const nodes: readonly PeerNode[] = [a, b]
  for (const node of nodes) {
    const links = createLinks(node, { servers: new Set() })
    stops.push(startLinkKeeper({ node, links, clock, retire: () => undefined }))
  }
  while (directConnections(a, ben).length > 1) await connectionClosed(a)
  while (directConnections(b, anna).length > 1) await connectionClosed(b)
  const [kept] = directConnections(a, ben)
  expect(kept?.direction).toBe(anna.peerId < ben.peerId ? 'outbound' : 'inbound')
  await gossipReaches(a, b)
  await gossipReaches(b, a)
})
