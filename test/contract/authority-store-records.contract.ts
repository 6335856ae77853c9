import { describe, expect, it } from 'vitest'
import { recordKey } from '../../signaling/authority-store/record-key.ts'
import type { StoreUnderTest } from './authority-store-fixture.ts'
import { amy, ann, ben, sampleBytes, sampleLeaf, sampleState } from './sample-ledger.ts'

/** What every authority's store does with grants, checkpoints and records. */
export function describeRecords(test: StoreUnderTest): void {
  it('keeps grants and counts them by the time of their issue', async () => {
    for (const [index, { account }] of [ann, amy, ben].entries()) {
      const time = 1_000 * index
      await test.store.home.transaction((tx) => tx.addGrant(account, 'starter', time, sampleBytes(index)))
    }
    await test.store.home.transaction(async (transaction) => {
      expect(await transaction.grant(ben.account, 'starter')).toEqual(sampleBytes(2))
      expect(await transaction.grant(ben.account, 'other')).toBeUndefined()
      expect(await transaction.grantsIssuedSince(0)).toBe(3)
      expect(await transaction.grantsIssuedSince(1_000)).toBe(2)
      expect(await transaction.grantsIssuedSince(2_001)).toBe(0)
    })
  })

  describe('checkpoints', () => {
    const sampleCheckpoint = (height: number) => ({
      height,
      header: sampleBytes(height),
      certificate: sampleBytes(height + 100),
      facts: new Uint8Array(),
      cut: sampleBytes(height + 200),
    })

    it('come back by height, and the newest without it', async () => {
      await test.store.home.transaction(async (transaction) => {
        expect(await transaction.newestCheckpoint()).toBeUndefined()
        for (const height of [1, 10, 9]) await transaction.addCheckpoint(sampleCheckpoint(height))
        expect(await transaction.newestCheckpoint()).toEqual(sampleCheckpoint(10))
        expect(await transaction.checkpoint(9)).toEqual(sampleCheckpoint(9))
        expect(await transaction.checkpoint(2)).toBeUndefined()
      })
    })

    it('stay as they were stored first', async () => {
      await test.store.home.transaction((transaction) => transaction.addCheckpoint(sampleCheckpoint(1)))
      const other = { ...sampleCheckpoint(2), height: 1 }
      await test.store.home.transaction((transaction) => transaction.addCheckpoint(other))
      expect(await test.store.home.transaction((transaction) => transaction.checkpoint(1))).toEqual(
        sampleCheckpoint(1),
      )
    })

    it('have leaves, sorted by account', async () => {
      const people = [ann, amy].toSorted((a, b) => Buffer.compare(a.account, b.account))
      const leaves = people.map((identity) => sampleLeaf(identity))
      for (const leaf of leaves.toReversed()) await test.at(ann, (transaction) => transaction.putLeaf(leaf))
      await test.at(ann, async (transaction) => {
        expect(await transaction.leaf(ann.account)).toEqual(sampleLeaf(ann))
        expect(await transaction.leaf(ben.account)).toBeUndefined()
        expect(await transaction.leaves(undefined, 9)).toEqual(leaves)
        expect(await transaction.leaves(undefined, 1)).toEqual(leaves.slice(0, 1))
        expect(await transaction.leaves(leaves[0]?.account, 9)).toEqual(leaves.slice(1))
      })
    })

    it('tell which accounts have moved since', async () => {
      const people = [ann, amy].toSorted((a, b) => Buffer.compare(a.account, b.account))
      const moved = () => test.at(ann, (transaction) => transaction.movedAccounts(undefined, 9))
      for (const identity of people) {
        await test.at(ann, (transaction) => transaction.putAccount(sampleState(identity, { seq: 0 })))
      }
      expect(await moved()).toEqual(people.map(({ account }) => ({ account, seq: 0 })))
      expect(
        await test.at(ann, (transaction) => transaction.movedAccounts(people[0]?.account, 9)),
      ).toHaveLength(1)
      for (const identity of people) await test.at(ann, (tx) => tx.putLeaf(sampleLeaf(identity, 0)))
      expect(await moved()).toEqual([])
      await test.at(ann, (transaction) => transaction.putAccount(sampleState(ann, { seq: 2 })))
      expect(await moved()).toEqual([{ account: ann.account, seq: 2 }])
      await test.at(ann, (transaction) => transaction.putLeaf(sampleLeaf(ann, 1)))
      expect(await moved()).toEqual([{ account: ann.account, seq: 2 }])
    })
  })

  describe('records', () => {
    it('are replaced, or never, as the writer wants it', async () => {
      await test.store.home.transaction(async (transaction) => {
        await transaction.putRecord('agreement', recordKey(1), sampleBytes(1))
        await transaction.putRecord('agreement', recordKey(1), sampleBytes(2))
        expect(await transaction.record('agreement', recordKey(1))).toEqual(sampleBytes(2))
        expect(await transaction.addRecord('own-message', recordKey(1), sampleBytes(3))).toBe(true)
        expect(await transaction.addRecord('own-message', recordKey(1), sampleBytes(4))).toBe(false)
        expect(await transaction.record('own-message', recordKey(1))).toEqual(sampleBytes(3))
        expect(await transaction.record('fact', recordKey(1))).toBeUndefined()
      })
    })

    it('are removed without the others', async () => {
      await test.store.home.transaction(async (transaction) => {
        await transaction.addRecord('open-fork', ann.account, sampleBytes(1))
        await transaction.addRecord('open-fork', amy.account, sampleBytes(2))
        await transaction.addRecord('fork-queue', ann.account, sampleBytes(3))
        for (let times = 0; times < 2; times += 1) await transaction.removeRecord('open-fork', ann.account)
        expect(await transaction.record('open-fork', ann.account)).toBeUndefined()
        expect(await transaction.records('open-fork', { limit: 9 })).toHaveLength(1)
        expect(await transaction.record('fork-queue', ann.account)).toEqual(sampleBytes(3))
      })
    })

    it('are listed in the order of their keys', async () => {
      await test.store.home.transaction(async (transaction) => {
        for (const number of [256, 1, 3, 255]) {
          await transaction.addRecord('fact', recordKey(ann.account, number), sampleBytes(number))
        }
        await transaction.addRecord('fork-proof', recordKey(ann.account, 2), sampleBytes(2))
        const list = async (range: { from?: Uint8Array; before?: Uint8Array; limit: number }) =>
          (await transaction.records('fact', range)).map(({ value }) => value)
        expect(await list({ limit: 9 })).toEqual([1, 3, 255, 256].map(sampleBytes))
        const from = recordKey(ann.account, 3)
        expect(await list({ from, limit: 2 })).toEqual([3, 255].map(sampleBytes))
        const before = recordKey(ann.account, 256)
        expect(await list({ from, before, limit: 9 })).toEqual([3, 255].map(sampleBytes))
      })
    })
  })
}
