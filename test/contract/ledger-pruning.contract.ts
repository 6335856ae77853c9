import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import type { Operation, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { LedgerStore, PaymentRecord } from '../../src/ports/ledger-store.ts'
import type { OpenStore } from './open-store.ts'
import { sampleCheckpoint, sampleEntry, samplePay, samplePayment, samplePurchase } from './sample-records.ts'

/** What every ledger store keeps when it is pruned. */
export function describeLedgerPruning(name: string, openStore: () => Promise<OpenStore<LedgerStore>>): void {
  describe(`pruning a ledger store ${name}`, () => {
    let opened: OpenStore<LedgerStore>
    let store: LedgerStore
    beforeEach(async () => {
      opened = await openStore()
      store = opened.store
    })
    afterEach(() => opened.close())

    const certificate = textToBytes('certificate')
    /** Appends entries with these operations after `open`; all but the newest `uncertified` become certified. */
    async function appendAll(operations: readonly Operation[], uncertified = 0): Promise<SignedEntry[]> {
      const entries: SignedEntry[] = []
      let state: AccountState | undefined
      for (const operation of [undefined, ...operations]) {
        const next = sampleEntry(state, operation)
        await store.append(next.signed, next.state, state?.head)
        if (entries.push(next.signed) <= operations.length + 1 - uncertified) {
          await store.putCertificate(next.signed.hash, certificate)
        }
        state = next.state
      }
      return entries
    }

    const reclaimOf = ({ payment }: PaymentRecord): Operation => ({ type: 'reclaim', payment })
    const reclaims = (length: number): Operation[] =>
      Array.from({ length }, (_, at) => reclaimOf(samplePayment(`reclaimed ${at}`)))
    const seqs = async (): Promise<number[]> =>
      (await store.listEntries()).map(({ signed }) => signed.entry.seq)

    it('keeps the newest certified entries, every uncertified one, and the head', async () => {
      await appendAll(reclaims(5), 2)
      const head = await store.head()
      expect(await store.prune({ entries: 2, purchases: 0 })).toBe(2)
      expect(await seqs()).toEqual([5, 4, 3, 2])
      expect(await store.listUncertified()).toHaveLength(2)
      expect(await store.head()).toEqual(head)
      expect(await store.prune({ entries: 2, purchases: 0 })).toBe(0)
    })

    it('lets the chain go on', async () => {
      await appendAll(reclaims(2))
      await store.prune({ entries: 0, purchases: 0 })
      expect(await seqs()).toEqual([])
      const head = await store.head()
      const next = sampleEntry(head)
      await store.append(next.signed, next.state, head?.head)
      expect(await seqs()).toEqual([3])
      await store.discard(next.signed.hash, head)
      expect(await store.head()).toEqual(head)
    })

    it('keeps the newest purchases, and the totals of all', async () => {
      const payment = samplePayment('reserve', { kind: 'reserve' })
      for (const createdAtMs of [10, 30, 20]) {
        const purchase = samplePurchase(`at ${createdAtMs}`, payment, {
          createdAtMs,
          paid: toMicroTokens(2n ** 63n - 1n),
        })
        await store.putPurchase(purchase, payment)
      }
      expect(await store.prune({ entries: 0, purchases: 2 })).toBe(1)
      expect((await store.listPurchases()).map(({ createdAtMs }) => createdAtMs)).toEqual([30, 20])
      expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 6 })
    })

    it('keeps every payment about which something is left to do', async () => {
      const open: Partial<PaymentRecord>[] = [
        { phase: 'signed' },
        { phase: 'certified' },
        { phase: 'lapsed' },
        { kind: 'reserve', phase: 'claimed' },
        { kind: 'reserve', phase: 'lapsed' },
        { direction: 'in', phase: 'signed' },
        { direction: 'in', phase: 'certified' },
      ]
      const settled: Partial<PaymentRecord>[] = [
        { phase: 'claimed' },
        { phase: 'returned' },
        { kind: 'reserve', phase: 'returned' },
        { direction: 'in', phase: 'lapsed' },
        { direction: 'in', kind: 'reserve', phase: 'claimed' },
        { direction: 'in', phase: 'returned' },
      ]
      const records = [...open, ...settled].map((changes, at) =>
        samplePayment(`payment ${at}`, { ...changes, createdAtMs: 100 - at }),
      )
      for (const record of records) await store.putPayment(record)
      expect(await store.prune({ entries: 10, purchases: 10 })).toBe(settled.length)
      expect(await store.listPayments()).toEqual(records.slice(0, open.length))
    })

    it('keeps settled payments that a kept purchase or entry names', async () => {
      const reclaimed = samplePayment('reclaimed', { phase: 'returned', createdAtMs: 50 })
      const old = samplePayment('reclaimed long ago', { phase: 'returned' })
      const [, , pay] = await appendAll([reclaimOf(old), samplePay(1n), reclaimOf(reclaimed)])
      if (pay === undefined) throw new RangeError('four entries')
      const made = samplePayment('made', { payment: pay.hash, phase: 'claimed', createdAtMs: 40 })
      const bought = samplePayment('bought', { phase: 'claimed', createdAtMs: 30 })
      const boughtLongAgo = samplePayment('bought long ago', { phase: 'claimed' })
      for (const record of [reclaimed, old, made]) await store.putPayment(record)
      await store.putPurchase(samplePurchase('new', bought, { createdAtMs: 2_000 }), bought)
      await store.putPurchase(samplePurchase('old', boughtLongAgo), boughtLongAgo)
      // Two entries, a purchase and two payments.
      expect(await store.prune({ entries: 2, purchases: 1 })).toBe(5)
      expect(await store.listPayments()).toEqual([reclaimed, made, bought])
    })

    it('keeps the newest checkpoint only, and every proof of fraud', async () => {
      for (const height of [4, 11, 9]) await store.putCheckpoint(sampleCheckpoint(height))
      await store.putForkProof(textToBytes('proof'))
      expect(await store.prune({ entries: 0, purchases: 0 })).toBe(2)
      expect(await store.newestCheckpoint()).toEqual(sampleCheckpoint(11))
      expect(await store.listForkProofs()).toHaveLength(1)
    })
  })
}
