import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import { appendEntries, type Chain } from './append-entries.ts'
import { describeLedgerBooks } from './ledger-books.contract.ts'
import { describeLedgerCorrections } from './ledger-corrections.contract.ts'
import { describeLedgerPruning } from './ledger-pruning.contract.ts'
import type { OpenStore } from './open-store.ts'
import { sampleCheckpoint, sampleEntry, samplePay, samplePayment, samplePurchase } from './sample-records.ts'

/** What every ledger store does. */
export function describeLedgerStore(name: string, openStore: () => Promise<OpenStore<LedgerStore>>): void {
  describe(`ledger store ${name}`, () => {
    let opened: OpenStore<LedgerStore>
    let store: LedgerStore
    beforeEach(async () => {
      opened = await openStore()
      store = opened.store
    })
    afterEach(() => opened.close())

    const appendChain = (length: number): Promise<Chain> => appendEntries(store, length)
    const certificate = textToBytes('certificate')

    const seqsOf = async (options?: Parameters<LedgerStore['listEntries']>[0]): Promise<number[]> =>
      (await store.listEntries(options)).map((record) => record.signed.entry.seq)

    describe('the own chain', () => {
      it('is empty before open', async () => {
        expect(await store.head()).toBeUndefined()
        expect(await store.listEntries()).toEqual([])
        expect(await store.listUncertified()).toEqual([])
      })

      it('has the exact state after the newest entry as its head', async () => {
        const { state } = await appendChain(3)
        expect(await store.head()).toEqual(state)
      })

      it('lists entries newest first, whole and up to a limit', async () => {
        const { entries } = await appendChain(4)
        const listed = await store.listEntries()
        expect(listed).toEqual(entries.toReversed().map((signed) => ({ signed, certificateWire: undefined })))
        expect(await seqsOf({ limit: 2 })).toEqual([3, 2])
      })

      it('lists entries page by page', async () => {
        await appendChain(5)
        expect(await seqsOf({ beforeSeq: 5, limit: 2 })).toEqual([4, 3])
        expect(await seqsOf({ beforeSeq: 3, limit: 2 })).toEqual([2, 1])
        expect(await seqsOf({ beforeSeq: 1, limit: 2 })).toEqual([0])
        expect(await seqsOf({ beforeSeq: 2 })).toEqual([1, 0])
        expect(await seqsOf({ beforeSeq: 0 })).toEqual([])
      })

      it('refuses an entry made for another head and leaves nothing of it', async () => {
        const { entries, state } = await appendChain(2)
        const next = sampleEntry(state)
        const append = store.append(next.signed, next.state, entries[0]?.hash, samplePayment('late'))
        await expect(append).rejects.toMatchObject({ code: 'conflicting-entry' })
        expect(await store.head()).toEqual(state)
        expect(await store.listEntries()).toHaveLength(2)
        expect(await store.listPayments()).toEqual([])
      })

      it('refuses a second open', async () => {
        await appendChain(1)
        const again = sampleEntry(undefined)
        await expect(store.append(again.signed, again.state, undefined)).rejects.toMatchObject({
          code: 'conflicting-entry',
        })
      })

      it('lets exactly one of two racing appends win', async () => {
        const { state } = await appendChain(1)
        const rivals = [1n, 2n, 3n].map((amount) => sampleEntry(state, samplePay(amount)))
        const results = await Promise.allSettled(
          rivals.map((rival) => store.append(rival.signed, rival.state, state.head)),
        )
        const winners = rivals.filter((_, index) => results[index]?.status === 'fulfilled')
        expect(winners).toHaveLength(1)
        expect(await store.head()).toEqual(winners[0]?.state)
        expect(await store.listEntries()).toHaveLength(2)
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflicting-entry' })
        }
      })

      it('appends the payment record together with its entry', async () => {
        const { state } = await appendChain(1)
        const next = sampleEntry(state)
        const payment = samplePayment('first', { payment: next.signed.hash })
        await store.append(next.signed, next.state, state.head, payment)
        expect(await store.getPayment(next.signed.hash)).toEqual(payment)
      })
    })

    describe('certificates', () => {
      it('are stored with their entry', async () => {
        const { entries } = await appendChain(2)
        const [first, second] = entries
        if (first === undefined || second === undefined) throw new RangeError('two entries')
        await store.putCertificate(first.hash, certificate)
        expect(await store.listEntries()).toEqual([
          { signed: second, certificateWire: undefined },
          { signed: first, certificateWire: certificate },
        ])
      })

      it('take their entry out of the uncertified ones, which are listed oldest first', async () => {
        const { entries } = await appendChain(4)
        const second = entries[1]
        if (second === undefined) throw new RangeError('four entries')
        await store.putCertificate(second.hash, certificate)
        expect((await store.listUncertified()).map((signed) => signed.entry.seq)).toEqual([0, 2, 3])
      })

      it('are refused for an entry that is not there', async () => {
        await expect(store.putCertificate('00'.repeat(32) as EntryHash, certificate)).rejects.toMatchObject({
          code: 'not-found',
        })
      })
    })

    it('keeps everything through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      const { entries, state } = await appendChain(3)
      const voucher = { amount: toMicroTokens(5n), signature: new Uint8Array(64).fill(4) }
      const payment = samplePayment('kept', { kind: 'reserve', voucher })
      const purchase = samplePurchase('kept', payment, { paid: toMicroTokens(2_000_000n), voucher })
      await store.putPurchase(purchase, payment)
      await store.putCheckpoint(sampleCheckpoint(7))
      await store.putForkProof(textToBytes('proof'))
      await store.putCertificate(state.head, certificate)
      opened = await reopen()
      store = opened.store
      expect(await store.head()).toEqual(state)
      expect((await store.listEntries()).map((record) => record.signed)).toEqual(entries.toReversed())
      expect(await store.listUncertified()).toEqual(entries.slice(0, 2))
      expect(await store.getPayment(payment.payment)).toEqual(payment)
      expect(await store.getPurchase(purchase.invoice)).toEqual(purchase)
      expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 1 })
      expect(await store.newestCheckpoint()).toEqual(sampleCheckpoint(7))
      expect(await store.listForkProofs()).toEqual([textToBytes('proof')])
    })
  })
  describeLedgerCorrections(name, openStore)
  describeLedgerBooks(name, openStore)
  describeLedgerPruning(name, openStore)
}
