import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryLedgerArchive } from '../../src/adapters/storage-memory/memory-ledger-archive.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import { makeCertifiedLog } from '../support/certified-log.ts'
import { expectRejection, testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, type TestPeer } from '../support/libp2p-peers.ts'

const bed = createTestBed()
const archive = createMemoryLedgerArchive()
let keeper: TestPeer
let reader: TestPeer
let idle: TestPeer

beforeAll(async () => {
  const relay = await bed.startRelay()
  const address = addressOf(relay)
  keeper = await bed.startPeer(testIdentity(40), address, { onLog: archive.page })
  reader = await bed.startPeer(testIdentity(41), address)
  idle = await bed.startPeer(testIdentity(42), address, {
    onLog: () => Promise.reject(new LoremeshError('unsupported', 'This peer does not keep the ledger')),
  })
  await reader.network.connect(keeper.identity.peerId, [])
  await reader.network.connect(idle.identity.peerId, [])
})
afterAll(() => bed.stopAll())

describe('reading the ledger of a peer that keeps it', () => {
  it('gives all of it, part by part, over a link between peers', async () => {
    const { entries } = await makeCertifiedLog({ count: 1_300, accounts: 20 })
    await archive.put(entries)
    const read: CertifiedEntry[] = []
    let parts = 0
    for (let position: number | undefined; ; parts++) {
      const part = await reader.certifier.log(keeper.identity.peerId, { shard: 0, position, sinceMs: 0 })
      expect(part.shards).toBe(1)
      if (part.entries.length === 0) break
      read.push(...part.entries)
      position = part.nextPosition
    }
    expect(parts).toBe(3)
    expect(read).toEqual(entries)
  })

  it('is refused by a peer that keeps nothing, and for a log that there is not', async () => {
    const place = { shard: 0, position: undefined, sinceMs: 0 }
    await expectRejection(() => reader.certifier.log(idle.identity.peerId, place), 'unsupported')
    const other = { ...place, shard: 1 }
    await expectRejection(() => reader.certifier.log(keeper.identity.peerId, other), 'bad-input')
  })
})
