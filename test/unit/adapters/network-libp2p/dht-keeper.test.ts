import { describe, expect, it } from 'vitest'
import { toLibp2pPeerId } from '../../../../src/adapters/network-libp2p/addresses.ts'
import { startDhtKeeper } from '../../../../src/adapters/network-libp2p/dht-keeper.ts'
import type { PeerNode } from '../../../../src/adapters/network-libp2p/start-libp2p.ts'
import { placeOf } from '../../../../src/domain/network/key-space.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { samplePeerId } from '../../../support/sample-peer-ids.ts'

const MINUTE_MS = 60_000

/** The keeper of a peer among 100 that is told of no server until `setServers`; it volunteers if it `isEager`. */
function setUp({ isEager = false } = {}) {
  const clock = createManualClock()
  const table = new Set<string>()
  const searchedAtMs: number[] = []
  const listedAtMs: number[] = []
  let servers = 0
  let role = 'client'
  const dht = {
    contacts: () => table.size,
    closest: () => [...table],
    consider: (peer: { toString(): string }) => Promise.resolve(table.add(peer.toString())),
    kad: { getMode: () => role, setMode: (next: string) => Promise.resolve(void (role = next)) },
  }
  const stop = startDhtKeeper(
    {
      node: { peerId: toLibp2pPeerId(samplePeerId(0)), services: { dht } } as unknown as PeerNode,
      client: {
        listServers() {
          listedAtMs.push(clock.monotonicMs())
          return Promise.resolve(named())
        },
      },
      connect: () => Promise.reject(new Error('All are linked')),
      findServers() {
        searchedAtMs.push(clock.monotonicMs())
        return Promise.resolve(named())
      },
      peersOnline: () => 100,
      isDirect: () => true,
      isSparing: () => false,
      isLinked: () => true,
      clock,
      randomness: { bytes: () => Uint8Array.of(isEager ? 0 : 255) },
      onChange: () => undefined,
    },
    { electionIntervalMs: 10_000, stableAfterMs: 30_000 },
  )
  const named = () =>
    Array.from({ length: servers }, (_, n) => ({
      peerId: samplePeerId(n + 1),
      addresses: [],
      place: placeOf(Uint8Array.of(n)),
      reputation: 0,
      uptimePercent: 0,
      latencyMs: 0,
    }))
  return {
    clock,
    stop,
    searchedAtMs,
    listedAtMs,
    role: () => role,
    contacts: () => table.size,
    setServers: (count: number) => (servers = count),
  }
}

describe('the keeper of the DHT', () => {
  it('looks for servers at once, and again ever less often while there is none', async () => {
    const { clock, stop, searchedAtMs } = setUp()
    await clock.advance(MINUTE_MS)
    stop()
    expect(searchedAtMs.slice(0, 6)).toEqual([0, 1_000, 3_000, 7_000, 10_000, 20_000])
  })

  it('is linked to four servers within seconds of their being told', async () => {
    const { clock, stop, setServers, contacts } = setUp()
    await clock.advance(2_000)
    setServers(9)
    await clock.advance(2_000)
    stop()
    expect(contacts()).toBe(4)
  })

  it('is linked to others in place of servers that it has already', async () => {
    const { clock, stop, setServers, contacts } = setUp()
    setServers(3)
    await clock.advance(1_000)
    expect(contacts()).toBe(3)
    setServers(9)
    await clock.advance(10_000)
    stop()
    expect(contacts()).toBe(4)
  })

  it('lists servers every ten seconds while some are missing, and once a minute otherwise', async () => {
    const { clock, stop, setServers, listedAtMs } = setUp()
    setServers(15)
    await clock.advance(5 * MINUTE_MS)
    expect(listedAtMs).toEqual([10_000, 70_000, 130_000, 190_000, 250_000])
    setServers(14)
    await clock.advance(MINUTE_MS)
    stop()
    expect(listedAtMs.slice(5)).toEqual([310_000, 320_000, 330_000, 340_000, 350_000, 360_000])
  })

  it('makes the peer a server when some are missing and it has been there for a while', async () => {
    const { clock, stop, role } = setUp({ isEager: true })
    await clock.advance(20_000)
    expect(role()).toBe('client')
    await clock.advance(20_000)
    stop()
    expect(role()).toBe('server')
  })

  it('does nothing once it is stopped', async () => {
    const { clock, stop, searchedAtMs } = setUp()
    await clock.advance(0)
    stop()
    await clock.advance(MINUTE_MS)
    expect(searchedAtMs).toHaveLength(1)
  })
})
