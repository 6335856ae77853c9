import { describe, expect, it } from 'vitest'
import type { AuthorityStore, ShardTransaction } from '../../signaling/authority-store/authority-store.ts'
import { recordKey } from '../../signaling/authority-store/record-key.ts'
import type { MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { describeChains } from './authority-store-chains.contract.ts'
import { NOTHING, openForEachTest } from './authority-store-fixture.ts'
import { describePayments } from './authority-store-payments.contract.ts'
import { describeRecords } from './authority-store-records.contract.ts'
import type { OpenStore } from './open-store.ts'
import {
  ann,
  ben,
  sampleBytes,
  sampleCertified,
  sampleEntry,
  sampleHash,
  samplePayment,
  sampleState,
  sampleVote,
} from './sample-ledger.ts'

const counter = recordKey(1)

/** What every authority's store does, whatever database it is in and however many shards it has. */
export function describeAuthorityStore(
  name: string,
  openStore: () => Promise<OpenStore<AuthorityStore>>,
): void {
  describe(`authority store ${name}`, () => {
    const test = openForEachTest(openStore)
    describeChains(test)
    describePayments(test)
    describeRecords(test)

    describe('a transaction', () => {
      it('gives the result of its task, which others see from then on', async () => {
        const result = await test.at(ann, async (transaction) => {
          await transaction.putAccount(sampleState(ann))
          return 'done'
        })
        expect(result).toBe('done')
        expect(await test.at(ann, (transaction) => transaction.account(ann.account))).toEqual(
          sampleState(ann),
        )
      })

      it('sees what it has written itself', async () => {
        const seen = await test.at(ann, async (transaction) => {
          await transaction.putAccount(sampleState(ann))
          return transaction.account(ann.account)
        })
        expect(seen).toEqual(sampleState(ann))
      })

      it('leaves nothing when its task fails, and does not touch those at the same time', async () => {
        const add = (transaction: ShardTransaction, number: number): Promise<boolean> =>
          transaction.addRecord('fact', recordKey(number), sampleBytes(number))
        const results = await Promise.allSettled([
          test.store.home.transaction((transaction) => add(transaction, 1)),
          test.store.home.transaction(async (transaction) => {
            await add(transaction, 2)
            throw new RangeError('this task fails')
          }),
          test.store.home.transaction((transaction) => add(transaction, 3)),
        ])
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
        expect(results[1]).toMatchObject({ reason: { message: 'this task fails' } })
        const records = await test.store.home.transaction((transaction) =>
          transaction.records('fact', { limit: 9 }),
        )
        expect(records.map(({ key }) => key)).toEqual([recordKey(1), recordKey(3)])
      })

      it('fails alone when the database refuses a statement of it', async () => {
        const results = await Promise.allSettled([
          test.at(ann, (transaction) => transaction.putAccount(sampleState(ann))),
          test.at(ann, (transaction) =>
            transaction.putAccount(sampleState(ann, { stake: -1n as MicroTokens, seq: 9 })),
          ),
          test.at(ann, (transaction) => transaction.addVote(sampleEntry(ann, 2), sampleVote())),
        ])
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
        expect(results[1]).toMatchObject({ reason: { code: 'internal' } })
        expect(await test.at(ann, (transaction) => transaction.account(ann.account))).toEqual(
          sampleState(ann),
        )
      })

      it('runs as if there were no others at the same time', async () => {
        async function increment(transaction: ShardTransaction): Promise<void> {
          const [before = 0] = (await transaction.record('log-cursor', counter)) ?? []
          await transaction.putRecord('log-cursor', counter, Uint8Array.of(before + 1))
        }
        await Promise.all(Array.from({ length: 100 }, () => test.store.home.transaction(increment)))
        expect(
          await test.store.home.transaction((transaction) => transaction.record('log-cursor', counter)),
        ).toEqual(Uint8Array.of(100))
      })
    })

    it('remembers whose ledger it is', async () => {
      await test.store.bindNetwork(new Uint8Array(8).fill(1))
      await test.store.bindNetwork(new Uint8Array(8).fill(1))
      await expect(test.store.bindNetwork(new Uint8Array(8).fill(2))).rejects.toMatchObject({
        code: 'bad-input',
      })
    })

    it('keeps everything through closing and opening again', async ({ skip }) => {
      const signed = sampleEntry(ann, 3)
      await test.store.bindNetwork(new Uint8Array(8).fill(1))
      await test.at(ann, async (transaction) => {
        await transaction.addVote(signed, sampleVote())
        await transaction.putAccount(sampleState(ann))
        await transaction.putPayment(samplePayment(1))
        await transaction.addEntry(sampleCertified(ann, 0), NOTHING)
      })
      const log = await test.at(ann, (transaction) => transaction.log(0, 9))
      if (!(await test.reopen())) return skip('lives as long as the process')
      await test.store.bindNetwork(new Uint8Array(8).fill(1))
      await test.at(ann, async (transaction) => {
        expect((await transaction.vote(ann.account, 3))?.hash).toBe(signed.hash)
        expect(await transaction.account(ann.account)).toEqual(sampleState(ann))
        expect(await transaction.log(0, 9)).toEqual(log)
        await transaction.addEntry(sampleCertified(ann, 1), NOTHING)
        expect(await transaction.log((log[0]?.position ?? 0) + 1, 9)).toHaveLength(1)
      })
      expect(await test.at(ben, (transaction) => transaction.payment(sampleHash(1)))).toEqual(
        samplePayment(1),
      )
    })
  })
}
