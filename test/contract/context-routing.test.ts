import { afterAll, beforeAll, describe } from 'vitest'
import { createCompoundRouting } from '../../src/adapters/network-libp2p/compound-routing.ts'
import { createNeighbourRouting } from '../../src/adapters/network-libp2p/neighbour-routing.ts'
import { createTrackerRouting } from '../../src/adapters/network-libp2p/tracker-routing.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { unknownPeer } from '../../src/domain/tracker/announcement.ts'
import { createTracker } from '../../src/domain/tracker/tracker.ts'
import type { ContextRouting } from '../../src/ports/context-routing.ts'
import { encodePeersAnswer, parsePeersRequest } from '../../src/protocols/peers.ts'
import { createTrackerService } from '../../signaling/tracker-service.ts'
import { createDhtSwarm, type DhtSwarm } from '../support/dht-swarm.ts'
import { ann, bob } from '../support/ledger.ts'
import { describeContextRouting, type RoutedPeers } from './context-routing.contract.ts'

const clock = createNodeClock()

/** Both peers ask one tracker. */
function trackedPeers(): RoutedPeers {
  const tracker = createTracker({ announceTtlMs: 90_000, intervalMs: 30_000 })
  const answer = createTrackerService({ tracker, nowMs: () => 0, sightingOf: () => unknownPeer })
  const routingOf = ({ peerId }: typeof ann): ContextRouting =>
    createTrackerRouting(
      {
        ask: (_tracker, body, signal) =>
          signal?.aborted === true ? Promise.reject(stopped()) : Promise.resolve(answer(body, peerId)),
        addresses: () => ['/webrtc'],
      },
      { tracker: bob.peerId },
    )
  return {
    provider: { peerId: ann.peerId, routing: routingOf(ann) },
    asker: { peerId: bob.peerId, routing: routingOf(bob) },
  }
}

/** The asker is linked with the provider, who answers of its own contexts. */
function linkedPeers(): RoutedPeers {
  let shared: readonly ContextHash[] = []
  const provider: ContextRouting = createNeighbourRouting({
    self: ann.peerId,
    ask: () => Promise.resolve(encodePeersAnswer([])),
    neighbours: () => [bob.peerId],
    clock,
  })
  const asker = createNeighbourRouting({
    self: bob.peerId,
    ask(_neighbour, body, signal) {
      if (signal?.aborted === true) return Promise.reject(stopped())
      const request = parsePeersRequest(body)
      const isHolder = request.type === 'peers' || shared.includes(request.contextHash)
      return Promise.resolve(encodePeersAnswer(isHolder ? [{ peerId: ann.peerId, addresses: [] }] : []))
    },
    neighbours: () => [ann.peerId],
    clock,
  })
  return {
    provider: {
      peerId: ann.peerId,
      routing: {
        ...provider,
        provide(contexts) {
          shared = contexts.map(({ contextHash }) => contextHash)
          return provider.provide(contexts)
        },
      },
    },
    asker: { peerId: bob.peerId, routing: asker },
  }
}

/** One way of routing works, another one is gone. */
function doublyRoutedPeers(): RoutedPeers {
  const { provider, asker } = trackedPeers()
  const fail = (): Promise<never> => Promise.reject(new LoremeshError('not-connected', 'It is gone'))
  const gone: ContextRouting = { provide: fail, findProviders: fail, listPeers: fail }
  return {
    provider: { ...provider, routing: createCompoundRouting([gone, provider.routing], { clock }) },
    asker: { ...asker, routing: createCompoundRouting([gone, asker.routing], { clock }) },
  }
}

function stopped(): LoremeshError {
  return new LoremeshError('aborted', 'The operation was stopped')
}

describe('routing by a tracker', () => describeContextRouting(trackedPeers, { listsPeers: true }))
describe('routing by neighbours', () => describeContextRouting(linkedPeers, { listsPeers: true }))
describe('routing by several', () => describeContextRouting(doublyRoutedPeers, { listsPeers: true }))

describe('routing by the DHT', () => {
  let swarm: DhtSwarm
  beforeAll(async () => {
    swarm = createDhtSwarm({ electionIntervalMs: 100, stableAfterMs: 0 })
    for (let n = 0; n < 4; n++) await swarm.join()
    await swarm.settled()
  })
  afterAll(() => swarm.stop())

  const swarmPeers = (): RoutedPeers => {
    const [provider, asker] = swarm.peers
    if (provider === undefined || asker === undefined) throw new Error('The swarm is empty')
    return { provider, asker }
  }
  describeContextRouting(swarmPeers, { listsPeers: false })
})
