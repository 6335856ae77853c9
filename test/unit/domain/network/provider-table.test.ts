import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createProviderTable,
  type ProviderTableLimits,
} from '../../../../src/domain/network/provider-table.ts'

const limits: ProviderTableLimits = {
  maxRecords: 6,
  maxRecordsPerPeer: 4,
  maxProvidersPerKey: 3,
  ttlMs: 1_000,
}

function setUp() {
  let nowMs = 0
  const table = createProviderTable(limits, () => nowMs)
  return {
    table,
    put: (key: string, peer: string) => table.put({ key, peer, value: Uint8Array.of(1) }),
    providers: (key: string) => table.list(key).map(({ peer }) => peer),
    wait: (ms: number) => (nowMs += ms),
  }
}

describe('the table of provider records', () => {
  it('keeps a record until its time is over, counted from its last renewal', () => {
    const { put, providers, wait } = setUp()
    put('k', 'ann')
    wait(900)
    put('k', 'ann')
    put('k', 'bob')
    wait(900)
    expect(providers('k')).toEqual(['ann', 'bob'])
    wait(100)
    expect(providers('k')).toEqual([])
  })

  it('takes no more of one peer than it may have, but lets it renew what is there', () => {
    const { put } = setUp()
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => put(key, 'ann'))).toEqual([true, true, true, true, false])
    expect(put('a', 'ann')).toBe(true)
  })

  it('drops the provider of a crowded key that was renewed longest ago', () => {
    const { put, providers } = setUp()
    for (const peer of ['ann', 'bob', 'cat']) put('k', peer)
    put('k', 'ann')
    put('k', 'dan')
    expect(providers('k')).toEqual(['cat', 'ann', 'dan'])
  })

  it('drowns the flood of a peer in itself when it is full', () => {
    const { table, put, providers } = setUp()
    put('x', 'ann')
    for (const key of ['a', 'b', 'c', 'd']) put(key, 'mallory')
    put('y', 'bob')
    put('z', 'cat')
    expect(table.size).toBe(limits.maxRecords)
    expect([providers('x'), providers('y'), providers('z')]).toEqual([['ann'], ['bob'], ['cat']])
    expect(providers('a')).toEqual([])
  })

  it('forgets what is removed', () => {
    const { table, put, providers } = setUp()
    put('k', 'ann')
    table.remove('k', 'ann')
    table.remove('k', 'ann')
    expect(providers('k')).toEqual([])
    expect(table.size).toBe(0)
  })

  it('never exceeds any of its limits', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      peer: fc.constantFrom('ann', 'bob', 'cat', 'dan'),
      waitMs: fc.integer({ min: 0, max: 400 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { table, put, wait } = setUp()
        for (const { key, peer, waitMs } of steps) {
          wait(waitMs)
          const isKept = put(key, peer)
          expect(table.list(key).some((entry) => entry.peer === peer)).toBe(isKept)
          const all = table.all()
          const most = (by: 'key' | 'peer') =>
            Math.max(0, ...all.map((one) => all.filter((other) => other[by] === one[by]).length))
          expect(table.size).toBeLessThanOrEqual(limits.maxRecords)
          expect(most('peer')).toBeLessThanOrEqual(limits.maxRecordsPerPeer)
          expect(most('key')).toBeLessThanOrEqual(limits.maxProvidersPerKey)
        }
      }),
    )
  })
})
