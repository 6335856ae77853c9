import { describe, expect, it } from 'vitest'
import type { ShardTransaction } from '../../signaling/authority-store/authority-store.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import { toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import type { StoreUnderTest } from './authority-store-fixture.ts'
import { amy, ann, ben, sampleCertified, sampleHash, samplePayment, sampleState } from './sample-ledger.ts'

/** What every authority's store does with payments, and with the sums over them. */
export function describePayments(test: StoreUnderTest): void {
  describe('payments', () => {
    const claimed = (payment: Payment): Payment => ({
      ...payment,
      state: 'claimed',
      claimed: payment.amount,
    })

    it('come back exactly to both parties', async () => {
      const payments = [samplePayment(1), samplePayment(2, { payee: amy.account, kind: 'reserve' })]
      for (const payment of payments) await test.at(ann, (transaction) => transaction.putPayment(payment))
      for (const payment of payments) {
        for (const account of [payment.payer, payment.payee]) {
          const read = (transaction: ShardTransaction) => transaction.payment(payment.hash)
          expect(await test.store.shardOf(account).transaction(read)).toEqual(payment)
        }
        expect(await test.store.payment(payment.hash)).toEqual(payment)
      }
      expect(await test.store.payment(sampleHash(3))).toBeUndefined()
      expect(await test.at(ann, (transaction) => transaction.payment(sampleHash(3)))).toBeUndefined()
    })

    it('move on and never back', async () => {
      const open = samplePayment(1, { kind: 'reserve' })
      const claim = { ...open, state: 'claimed', claimed: toMicroTokens(7n) } as const
      const returned = { ...claim, state: 'returned' } as const
      const read = () => Promise.all([ann, ben].map((who) => test.at(who, (tx) => tx.payment(open.hash))))
      await test.at(ann, (transaction) => transaction.putPayment(open))
      await test.at(ben, (transaction) => transaction.putPayment(claim))
      await test.at(ann, (transaction) => transaction.putPayment(open))
      await test.at(ben, (transaction) => transaction.putPayment({ ...open, state: 'lapsed' }))
      expect(await read()).toEqual([claim, claim])
      await test.at(ann, (transaction) => transaction.putPayment(returned))
      await test.at(ben, (transaction) => transaction.putPayment(claim))
      expect(await read()).toEqual([returned, returned])
    })

    it('are restored to the state before what settled them, and may be settled anew', async () => {
      const open = samplePayment(1, { kind: 'reserve' })
      const claim = { ...open, state: 'claimed', claimed: toMicroTokens(7n) } as const
      const restore = async (
        after: Payment['state'],
        before: Payment['state'],
        writer: Identity,
      ): Promise<void> => {
        for (let times = 0; times < 2; times++) {
          for (const who of [ann, ben]) {
            await test.at(who, (tx) => tx.restorePayment(open.hash, { after, before }, writer.account))
          }
        }
      }
      const read = () => Promise.all([ann, ben].map((who) => test.at(who, (tx) => tx.payment(open.hash))))
      await test.at(ann, (transaction) => transaction.putPayment(open))
      const whenOpen = await test.store.sums()
      await test.at(ben, (transaction) => transaction.putPayment(claim))
      const whenClaimed = await test.store.sums()
      await test.at(ann, (transaction) => transaction.putPayment({ ...claim, state: 'returned' }))
      await restore('returned', 'claimed', ann)
      expect(await test.store.sums()).toEqual(whenClaimed)
      expect(await read()).toEqual([claim, claim])
      await restore('claimed', 'open', ben)
      expect(await test.store.sums()).toEqual(whenOpen)
      expect(await read()).toEqual([open, open])
      await test.at(ben, (transaction) => transaction.putPayment({ ...open, state: 'lapsed' }))
      expect((await read()).map((payment) => payment?.state)).toEqual(['lapsed', 'lapsed'])
    })

    it('to an account are listed while they are open, those that expire first at the beginning', async () => {
      const times = [300, 100, 200, 400]
      const payments = times.map((expiresAtMs, index) => samplePayment(index, { expiresAtMs }))
      for (const payment of payments) await test.at(ann, (transaction) => transaction.putPayment(payment))
      await test.at(ann, (transaction) => transaction.putPayment(samplePayment(9, { payee: amy.account })))
      const list = async (limit: number): Promise<number[]> =>
        (await test.at(ben, (transaction) => transaction.openPaymentsTo(ben.account, limit))).map(
          ({ expiresAtMs }) => expiresAtMs,
        )
      expect(await list(9)).toEqual([100, 200, 300, 400])
      expect(await list(2)).toEqual([100, 200])
      for (const payment of payments.slice(1, 3)) {
        await test.at(ben, (transaction) => transaction.putPayment(claimed(payment)))
      }
      expect(await list(9)).toEqual([300, 400])
    })

    it('that expired are listed in the shard of their payee only', async () => {
      const times = [300, 100, 200]
      const payments = times.map((expiresAtMs, index) => samplePayment(index, { expiresAtMs }))
      for (const payment of payments) await test.at(ann, (transaction) => transaction.putPayment(payment))
      const list = async (timeMs: number, limit: number): Promise<number[]> => {
        const lists = await Promise.all(
          test.store.shards.map((shard) => shard.transaction((tx) => tx.expiredPayments(timeMs, limit))),
        )
        return lists.flat().map(({ expiresAtMs }) => expiresAtMs)
      }
      expect(await list(300, 9)).toEqual([100, 200])
      expect(await list(301, 2)).toEqual([100, 200])
      await test.at(ben, (tx) =>
        tx.putPayment({ ...samplePayment(1, { expiresAtMs: 100 }), state: 'lapsed' }),
      )
      expect(await list(301, 9)).toEqual([200, 300])
    })
  })

  it('keeps the sums together at every step, wherever the parties are', async () => {
    const [thousand, cap, drawn] = [1_000n, 400n, 150n].map(toMicroTokens) as [
      MicroTokens,
      MicroTokens,
      MicroTokens,
    ]
    const amounts = { balance: ZERO_TOKENS, credit: ZERO_TOKENS, locked: ZERO_TOKENS, stake: ZERO_TOKENS }
    const put = (who: Identity, changes: Partial<typeof amounts>, payment?: Payment): Promise<void> =>
      test.at(who, async (transaction) => {
        await transaction.putAccount(sampleState(who, { ...amounts, ...changes }))
        if (payment !== undefined) await transaction.putPayment(payment)
      })
    const sums = async () => {
      const { minted, pool, balances, credits, locked, stakes, pending, drawn } = await test.store.sums()
      expect(balances + credits + locked + stakes + pending - drawn + pool).toBe(minted)
      return { pending, drawn }
    }

    await test.at(ann, async (transaction) => {
      await transaction.addEntry(sampleCertified(ann, 0), { minted: thousand, toPool: ZERO_TOKENS })
      await transaction.putAccount(sampleState(ann, { ...amounts, credit: thousand }))
    })
    expect(await sums()).toEqual({ pending: 0n, drawn: 0n })
    for (const [index, payee] of [amy, ben].entries()) {
      const pay = samplePayment(index, { payee: payee.account, amount: thousand })
      await put(ann, {}, pay)
      expect(await sums()).toEqual({ pending: 1_000n, drawn: 0n })
      await put(payee, { balance: thousand }, { ...pay, state: 'claimed', claimed: thousand })
      expect(await sums()).toEqual({ pending: 0n, drawn: 0n })

      const back = samplePayment(10 + index, { payer: payee.account, payee: ann.account, amount: cap })
      await put(payee, { balance: toMicroTokens(600n) }, back)
      await test.at(ann, (transaction) => transaction.putPayment({ ...back, state: 'lapsed' }))
      expect(await sums()).toEqual({ pending: 400n, drawn: 0n })
      await put(payee, { balance: thousand }, { ...back, state: 'returned' })
      expect(await sums()).toEqual({ pending: 0n, drawn: 0n })

      const reserve = { ...back, hash: sampleHash(20 + index), kind: 'reserve' } as const
      await put(payee, { balance: toMicroTokens(600n), locked: cap }, reserve)
      const claim = { ...reserve, state: 'claimed', claimed: drawn } as const
      await put(ann, { balance: drawn }, claim)
      expect(await sums()).toEqual({ pending: 0n, drawn: 150n })
      await put(payee, { balance: toMicroTokens(850n) }, { ...claim, state: 'returned' })
      expect(await sums()).toEqual({ pending: 0n, drawn: 0n })

      await test.at(payee, async (transaction) => {
        const toPool = toMicroTokens(850n)
        await transaction.addEntry(sampleCertified(payee, 0), { minted: ZERO_TOKENS, toPool })
        await transaction.putAccount(sampleState(payee, amounts))
      })
      expect(await sums()).toEqual({ pending: 0n, drawn: 0n })
      await test.at(ann, async (transaction) => {
        const minted = toMicroTokens(850n)
        await transaction.addEntry(sampleCertified(ann, 1 + index), { minted, toPool: ZERO_TOKENS })
        await transaction.putAccount(sampleState(ann, { ...amounts, credit: thousand }))
      })
    }
    expect(await test.store.sums()).toMatchObject({ accounts: 3, entries: 5, minted: 2_700n, pool: 1_700n })
  })
}
