import { TopicValidatorResult } from '@libp2p/gossipsub'
import { afterEach, expect, test } from 'vitest'
import type { NetworkState } from '../../src/ports/network.ts'
import { GOSSIP_TOPICS } from '../../src/protocols/gossip.ts'
import { ARRIVAL_MS, createGossipSwarm, freshEntry } from '../support/gossip-swarm.ts'
import { until } from '../support/libp2p-peers.ts'

const swarm = createGossipSwarm()
afterEach(() => swarm.stopAll())

test('members of the mesh that pass nothing on keep no entry from anybody, without a server either', async () => {
  const { server, peers } = await swarm.startRing(3)
  // More of them than honest ones.
  const silent = await Promise.all([1, 2, 3, 4].map(() => swarm.startRaw(server, peers)))
  for (const { node } of silent) {
    const { pubsub } = node.services
    pubsub.topicValidators.set(GOSSIP_TOPICS.ledger, () => TopicValidatorResult.Ignore)
    pubsub.subscribe(GOSSIP_TOPICS.ledger)
  }
  for (const { network } of peers) {
    const inMesh = ({ links }: NetworkState) =>
      links.filter(({ meshTopics }) => meshTopics.includes('ledger'))
    await until(network.state, (state) => inMesh(state).length >= peers.length + 2)
  }
  await server.stop()

  const entries = peers.map(() => freshEntry())
  for (const [n, signed] of entries.entries()) await peers[n]?.gossip.announce({ type: 'entry', signed })
  for (const [n, { heard }] of peers.entries()) {
    const others = entries.filter((_, from) => from !== n).map(({ hash }) => hash)
    await expect.poll(() => others.filter((hash) => !heard.has(hash)), { timeout: ARRIVAL_MS }).toEqual([])
  }
})
