import { Key, type Pair } from 'interface-datastore'
import { base32 } from 'multiformats/bases/base32'
import { describe, expect, it } from 'vitest'
import { DhtRecords } from '../../../../src/adapters/network-libp2p/dht-records.ts'
import { contextKey } from '../../../../src/protocols/kad.ts'
import { testHash } from '../../../support/test-contexts.ts'

const limits = { maxRecords: 100, maxRecordsPerPeer: 2, maxProvidersPerKey: 3, ttlMs: 1_000 }
const value = Uint8Array.of(1)
const provider = (key: string, peer: string): Key => new Key(`/dht/provider/${key}/${peer}`)

async function names(pairs: Iterable<Pair> | AsyncIterable<Pair>): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { key } of pairs) found.push(key.toString())
  return found
}

describe('the records of a DHT server', () => {
  it('give the providers of one key, and of all', async () => {
    const records = new DhtRecords(limits, () => 0)
    await records.put(provider('a', 'ann'), value)
    await records.put(provider('a', 'bob'), value)
    await records.put(provider('ab', 'ann'), value)
    await records.put(new Key('/dht/record/x'), value)
    const both = ['/dht/provider/a/ann', '/dht/provider/a/bob']
    expect(await names(records.query({ prefix: '/dht/provider/a' }))).toEqual(both)
    expect(await names(records.query({ prefix: '/dht/provider' }))).toEqual([...both, '/dht/provider/ab/ann'])
    expect(records.size).toBe(4)
  })

  it('name who provides what has a key, as kad-dht writes it', async () => {
    const records = new DhtRecords(limits, () => 0)
    const key = contextKey(testHash(0))
    await records.put(provider(base32.baseEncode(key), 'ann'), value)
    await records.put(provider(base32.baseEncode(key), 'bob'), value)
    expect(records.providersOf(key)).toEqual(['ann', 'bob'])
    expect(records.providersOf(contextKey(testHash(1)))).toEqual([])
  })

  it('are read, checked for and deleted by their key', async () => {
    const records = new DhtRecords(limits, () => 0)
    for (const key of [provider('a', 'ann'), new Key('/dht/record/x')]) {
      await records.put(key, value)
      expect(await records.get(key)).toEqual(value)
      expect(await records.has(key)).toBe(true)
      await records.delete(key)
      expect(await records.has(key)).toBe(false)
      await expect(records.get(key)).rejects.toMatchObject({ name: 'NotFoundError' })
    }
  })

  it('refuse what is too much of one peer, so that it notices', async () => {
    const records = new DhtRecords(limits, () => 0)
    await records.put(provider('a', 'ann'), value)
    await records.put(provider('b', 'ann'), value)
    await expect(records.put(provider('c', 'ann'), value)).rejects.toMatchObject({ code: 'storage-full' })
  })

  it('expire', async () => {
    let nowMs = 0
    const records = new DhtRecords(limits, () => nowMs)
    await records.put(provider('a', 'ann'), value)
    nowMs = 1_000
    expect(await names(records.query({ prefix: '/dht/provider/a' }))).toEqual([])
  })

  it('hold a bounded number of values, the newest ones', async () => {
    const records = new DhtRecords(limits, () => 0)
    for (let n = 0; n < 1_100; n++) await records.put(new Key(`/dht/record/${n}`), value)
    expect(records.size).toBe(1_024)
    expect(await records.has(new Key('/dht/record/0'))).toBe(false)
    expect(await records.has(new Key('/dht/record/1099'))).toBe(true)
  })
})
