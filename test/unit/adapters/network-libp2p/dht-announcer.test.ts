import { describe, expect, it } from 'vitest'
import { createDhtAnnouncer, type DhtServer } from '../../../../src/adapters/network-libp2p/dht-announcer.ts'
import type { ContextHash } from '../../../../src/domain/content/context-hash.ts'
import type { PeerId } from '../../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { closestTo, placeOf } from '../../../../src/domain/network/key-space.ts'
import { contextKey, KAD_BUCKET_SIZE } from '../../../../src/protocols/kad.ts'
import { createManualClock } from '../../../support/manual-clock.ts'
import { samplePeerId } from '../../../support/sample-peer-ids.ts'
import { testHash } from '../../../support/test-contexts.ts'

const MINUTE_MS = 60_000
const hashes = (count: number): readonly ContextHash[] => Array.from({ length: count }, (_, n) => testHash(n))
const serverOf = (n: number): DhtServer => ({
  peerId: samplePeerId(n),
  place: placeOf(Uint8Array.of(n)),
  addresses: [],
})

/** An announcer among 12 servers that keep what they are told. */
function setUp() {
  const clock = createManualClock()
  let servers = Array.from({ length: 12 }, (_, n) => serverOf(n + 1))
  const broken = new Set<PeerId>()
  const told: [server: PeerId, keys: number][] = []
  let listings = 0
  const kept = new Map<PeerId, Set<string>>()
  const announcer = createDhtAnnouncer({
    clock,
    listServers() {
      listings += 1
      return Promise.resolve(servers)
    },
    store({ peerId }, keys) {
      told.push([peerId, keys.length])
      if (broken.has(peerId)) return Promise.reject(new LoremeshError('timeout', 'It does not answer'))
      const records = kept.get(peerId) ?? new Set()
      kept.set(peerId, records)
      for (const key of keys) records.add(key.join())
      return Promise.resolve()
    },
  })
  const holders = (hash: ContextHash): readonly PeerId[] =>
    [...kept].filter(([, keys]) => keys.has(contextKey(hash).join())).map(([peerId]) => peerId)
  const closest = (hash: ContextHash): readonly PeerId[] =>
    closestTo(placeOf(contextKey(hash)), servers, KAD_BUCKET_SIZE).map(({ peerId }) => peerId)
  return {
    clock,
    told,
    broken,
    holders,
    closest,
    announce: (contexts: readonly ContextHash[]) => announcer.announce(contexts, clock.deadline(MINUTE_MS)),
    setServers: (next: readonly DhtServer[]) => (servers = [...next]),
    servers: () => servers,
    listings: () => listings,
  }
}

describe('announcing to the DHT', () => {
  it('tells each server at once of all contexts that it is closest to', async () => {
    const { announce, told, holders, closest } = setUp()
    await announce(hashes(300))
    expect(told).toHaveLength(12)
    for (const hash of hashes(300)) expect([...holders(hash)].sort()).toEqual([...closest(hash)].sort())
  })

  it('sends nothing again while servers know it', async () => {
    const { clock, announce, told } = setUp()
    await announce(hashes(3))
    const sent = told.length
    await announce(hashes(3))
    await clock.advance(2 * MINUTE_MS)
    await announce(hashes(3))
    expect(told).toHaveLength(sent)
  })

  it('renews records before they expire', async () => {
    const { clock, announce, told } = setUp()
    await announce(hashes(1))
    const sent = told.length
    await clock.advance(10 * MINUTE_MS)
    await announce(hashes(1))
    expect(told).toHaveLength(2 * sent)
  })

  it('tells the new closest servers when some have left', async () => {
    const { clock, announce, holders, closest, setServers, servers } = setUp()
    await announce(hashes(40))
    setServers([...servers().slice(3), ...[20, 21].map(serverOf)])
    await clock.advance(MINUTE_MS)
    await announce(hashes(40))
    for (const hash of hashes(40)) expect(holders(hash)).toEqual(expect.arrayContaining([...closest(hash)]))
  })

  it('tells those who came meanwhile only of what is new to them', async () => {
    const { announce, told } = setUp()
    await announce(hashes(200))
    told.length = 0
    await announce(hashes(201))
    expect(told).toHaveLength(KAD_BUCKET_SIZE)
    expect(told.every(([, keys]) => keys === 1)).toBe(true)
  })

  it('lists servers once for all that is shared within ten seconds', async () => {
    const { clock, announce, listings } = setUp()
    for (let count = 1; count <= 5; count++) await announce(hashes(count))
    expect(listings()).toBe(1)
    await clock.advance(10_000)
    await announce(hashes(6))
    expect(listings()).toBe(2)
  })

  it('goes to the next closest servers where one does not answer', async () => {
    const { announce, broken, closest, holders } = setUp()
    const [first, second] = closest(testHash(0))
    if (first === undefined || second === undefined) throw new Error('No server')
    broken.add(first).add(second)
    await announce(hashes(1))
    expect(holders(testHash(0))).toHaveLength(KAD_BUCKET_SIZE)
  })

  it('says why when no server keeps a context, and tries again with the next call', async () => {
    const { announce, broken, servers, holders } = setUp()
    for (const { peerId } of servers()) broken.add(peerId)
    await expect(announce(hashes(1))).rejects.toMatchObject({ code: 'timeout' })
    broken.clear()
    await announce(hashes(1))
    expect(holders(testHash(0))).toHaveLength(KAD_BUCKET_SIZE)
  })

  it('says so when no server is known', async () => {
    const { announce, setServers } = setUp()
    setServers([])
    await expect(announce(hashes(1))).rejects.toMatchObject({ code: 'not-connected' })
  })
})
