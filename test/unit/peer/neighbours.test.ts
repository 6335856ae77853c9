import { beforeEach, describe, expect, it } from 'vitest'
import { createNodeRandomness } from '../../../src/adapters/system-node/node-randomness.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { KnownPeer } from '../../../src/domain/network/known-peers.ts'
import { createNeighbours, type Neighbours } from '../../../src/peer/neighbours.ts'
import { startingNetwork } from '../../../src/peer/starting-network.ts'
import type { NetworkState } from '../../../src/ports/network.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { linkTo } from '../../support/network-links.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'

const self = samplePeerId(0)

let clock: ManualClock
let state: NetworkState
/** Peers that were dialled, and at which addresses. */
let dialled: PeerId[]
let dialledAt: Map<PeerId, readonly string[]>
/** Anchors of this run and of earlier ones. */
let anchors: readonly KnownPeer[]
/** Peers that the routing lists; undefined while it does not answer. */
let listed: readonly PeerId[] | undefined
let neighbours: Neighbours

beforeEach(() => {
  clock = createManualClock()
  state = { ...startingNetwork, phase: 'relay-only' }
  dialled = []
  dialledAt = new Map()
  anchors = []
  listed = [self, ...Array.from({ length: 12 }, (_, n) => samplePeerId(n + 1))]
  neighbours = createNeighbours({
    self,
    network: {
      connect(peerId, addresses) {
        dialled.push(peerId)
        dialledAt.set(peerId, addresses)
        return Promise.resolve(linkTo(peerId))
      },
    },
    networkState: () => state,
    routing: {
      provide: () => Promise.reject(new LoremeshError('unsupported', 'Not in this test')),
      findProviders: () => Promise.resolve([]),
      listPeers() {
        if (listed === undefined) return Promise.reject(new LoremeshError('timeout', 'No answer'))
        const record = { addresses: [], reputation: 0.5, uptimePercent: 100, latencyMs: Number.NaN }
        return Promise.resolve(listed.map((peerId) => ({ ...record, peerId })))
      },
    },
    rejoiner: { anchors: () => anchors },
    clock,
    randomness: createNodeRandomness(),
  })
})

const inbound = (n: number) => linkTo(samplePeerId(n), { direction: 'inbound', openedAtMs: clock.nowMs() })
const own = (n: number, networkGroup: string) =>
  linkTo(samplePeerId(n), { networkGroup, openedAtMs: clock.nowMs() })

function anchor(n: number): KnownPeer {
  const peerId = samplePeerId(n)
  const addresses = [`/ip4/192.0.2.${n}/tcp/4001/ws/p2p/${peerId}`]
  return { peerId, addresses, linkedAtMs: 1, failures: 0, anchoredAtMs: 1 }
}

describe('a peer', () => {
  it('links to four others at first, and never to itself', async () => {
    await neighbours.seek()
    expect(new Set(dialled).size).toBe(4)
    expect(dialled).not.toContain(self)
  })

  it('dials some of its own choice although many have dialled it', async () => {
    state = { ...state, links: Array.from({ length: 9 }, (_, n) => inbound(n + 1)) }
    await neighbours.seek()
    expect(new Set(dialled)).toEqual(new Set([10, 11, 12].map(samplePeerId)))
  })

  it('looks for other networks while all of its choice are in one', async () => {
    state = { ...state, links: [1, 2, 3, 4].map((n) => own(n, '203.0')) }
    await clock.advance(10_000)
    expect(dialled).toHaveLength(2)
  })

  it('goes back to its anchors before anybody else, whatever is listed', async () => {
    anchors = [20, 21].map((n) => anchor(n))
    await neighbours.seek()
    expect(dialled).toHaveLength(4)
    expect(dialled.slice(0, 2).sort()).toEqual([20, 21].map(samplePeerId).sort())
  })

  it('goes back to its anchors also while nobody tells of others, to where they were', async () => {
    listed = undefined
    anchors = [anchor(20)]
    await neighbours.seek()
    expect([...dialledAt]).toEqual([[samplePeerId(20), anchors[0]?.addresses]])
  })

  it('waits for the next round while nobody tells of others, and while it is offline', async () => {
    listed = undefined
    await neighbours.seek()
    state = { ...state, phase: 'offline' }
    listed = [samplePeerId(1)]
    await neighbours.seek()
    expect(dialled).toEqual([])
    state = { ...state, phase: 'peers-only' }
    await clock.advance(10_000)
    expect(dialled).toEqual([samplePeerId(1)])
    neighbours.stop()
  })
})
