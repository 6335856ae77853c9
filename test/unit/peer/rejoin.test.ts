import { describe, expect, it } from 'vitest'
import { createMemoryKnownPeers } from '../../../src/adapters/storage-memory/memory-known-peers.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { KnownPeer } from '../../../src/domain/network/known-peers.ts'
import { createRejoiner } from '../../../src/peer/rejoin.ts'
import { startingNetwork } from '../../../src/peer/starting-network.ts'
import { testIdentity } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { linkTo } from '../../support/network-links.ts'

const self = testIdentity(1).peerId
const idOf = (n: number) => testIdentity(n).peerId
const listened = (peerId: PeerId) => `/ip4/192.0.2.1/tcp/4001/ws/p2p/${peerId}`
const known = (peerId: PeerId): KnownPeer => ({
  peerId,
  addresses: [listened(peerId)],
  linkedAtMs: 1_767_000_000_000,
  failures: 0,
})

/** A rejoiner that remembers peers, of whom some can be reached. */
async function setUp(remembered: readonly KnownPeer[], reachable: readonly PeerId[]) {
  const clock = createManualClock()
  const knownPeers = createMemoryKnownPeers()
  await knownPeers.save(remembered)
  const attempts: PeerId[] = []
  const linked = new Set<PeerId>()
  const openedAtMs = clock.nowMs()
  const rejoiner = createRejoiner({
    self,
    network: {
      connect(peerId) {
        attempts.push(peerId)
        if (!reachable.includes(peerId)) return Promise.reject(new LoremeshError('timeout', 'No answer'))
        linked.add(peerId)
        return Promise.resolve(linkTo(peerId))
      },
      addressesOf: (peerId) => Promise.resolve([listened(peerId)]),
    },
    networkState: () => ({
      ...startingNetwork,
      links: [...linked].map((peerId) => linkTo(peerId, { openedAtMs })),
    }),
    knownPeers,
    clock,
    randomness: { bytes: (length) => new Uint8Array(length).fill(128) },
  })
  return { clock, knownPeers, attempts, linked, rejoiner }
}

describe('a peer that nobody is linked with', () => {
  it('goes back to those it knew, spread over a moment, until two are linked', async () => {
    const { rejoiner, clock, attempts, linked } = await setUp(
      [2, 3, 4].map((n) => known(idOf(n))),
      [idOf(3), idOf(4)],
    )
    await rejoiner.start()
    expect(attempts).toEqual([])
    await clock.advance(1_500)
    expect([...linked].sort()).toEqual([idOf(3), idOf(4)].sort())
    const before = attempts.length
    await clock.advance(60_000)
    expect(attempts).toHaveLength(before)
    await rejoiner.stop()
  })

  it('tries all of them in turn when nobody answers, and never itself', async () => {
    const remembered = Array.from({ length: 9 }, (_, n) => known(idOf(n + 1)))
    const { rejoiner, clock, attempts } = await setUp(remembered, [])
    await rejoiner.start()
    await clock.advance(30_000)
    expect(new Set(attempts)).toEqual(new Set(remembered.slice(1).map(({ peerId }) => peerId)))
    await rejoiner.stop()
  })

  it('tries less and less often', async () => {
    const { rejoiner, clock, attempts } = await setUp([known(idOf(2))], [])
    await rejoiner.start()
    await clock.advance(30_000)
    const atFirst = attempts.length
    await clock.advance(570_000)
    expect(atFirst).toBeGreaterThan(3)
    expect(attempts.length - atFirst).toBeLessThan(21)
    await rejoiner.stop()
  })
})

it('who is linked is remembered, with where it can be reached', async () => {
  const { rejoiner, clock, knownPeers, linked } = await setUp([], [])
  await rejoiner.start()
  linked.add(idOf(5))
  await clock.advance(5_000)
  expect(await knownPeers.load()).toMatchObject([
    { peerId: idOf(5), addresses: [listened(idOf(5))], failures: 0 },
  ])
  linked.add(idOf(6))
  await rejoiner.stop()
  expect(await knownPeers.load()).toHaveLength(2)
})

describe('anchors', () => {
  const anchored = (peerId: PeerId): KnownPeer => ({ ...known(peerId), anchoredAtMs: 1_767_000_000_000 })
  const strangers = [2, 3, 4, 5, 6, 7, 8].map((n) => known(idOf(n)))

  it('are remembered from one run to the next', async () => {
    const { rejoiner, clock, knownPeers, linked } = await setUp([], [])
    await rejoiner.start()
    linked.add(idOf(5))
    await clock.advance(590_000)
    expect(rejoiner.anchors()).toEqual([])
    await clock.advance(20_000)
    linked.clear()
    await clock.advance(10_000)
    await rejoiner.stop()
    const next = await setUp(await knownPeers.load(), [])
    await next.rejoiner.start()
    expect(next.rejoiner.anchors().map(({ peerId }) => peerId)).toEqual([idOf(5)])
    await next.rejoiner.stop()
  })

  it('are tried first after a restart, though they were linked before others', async () => {
    const { rejoiner, clock, attempts } = await setUp([...strangers, anchored(idOf(9))], [])
    await rejoiner.start()
    await clock.advance(1_500)
    expect(attempts).toHaveLength(6)
    expect(attempts[0]).toBe(idOf(9))
    await rejoiner.stop()
  })

  it('are linked again though two others were faster', async () => {
    const { rejoiner, clock, linked } = await setUp([...strangers, anchored(idOf(9))], [2, 3, 9].map(idOf))
    await rejoiner.start()
    linked.add(idOf(2)).add(idOf(3))
    await clock.advance(1_500)
    expect(linked).toContain(idOf(9))
    await rejoiner.stop()
  })
})
