import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import type { OpenStore } from './open-store.ts'
import { sampleEntry, samplePayment } from './sample-records.ts'

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

    /** Appends that many entries, `open` first, and gives the entries and the last state. */
    async function appendChain(length: number): Promise<{ entries: SignedEntry[]; state: AccountState }> {
      const entries: SignedEntry[] = []
      let state: AccountState | undefined
      for (let index = 0; index < length; index++) {
        const next = sampleEntry(state)
        await store.append(next.signed, next.state, state?.head)
        entries.push(next.signed)
        state = next.state
      }
      if (state === undefined) throw new RangeError('A chain has at least one entry')
      return { entries, state }
    }

    const certificate = textToBytes('certificate')

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
        expect((await store.listEntries({ limit: 2 })).map((record) => record.signed.entry.seq)).toEqual([
          3, 2,
        ])
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
        const rivals = [sampleEntry(state, 1n), sampleEntry(state, 2n), sampleEntry(state, 3n)]
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

      it('appends nothing when the payment record is refused', async () => {
        const { state } = await appendChain(1)
        await store.putPayment(samplePayment('first'))
        const { invoice } = samplePayment('first')
        const next = sampleEntry(state)
        const append = store.append(next.signed, next.state, state.head, samplePayment('second', { invoice }))
        await expect(append).rejects.toMatchObject({ code: 'conflicting-invoice' })
        expect(await store.head()).toEqual(state)
        expect(await store.listEntries()).toHaveLength(1)
        expect(await store.listPayments()).toHaveLength(1)
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

    describe('discarding', () => {
      it('takes back the newest entry with its payment', async () => {
        const { state } = await appendChain(2)
        const next = sampleEntry(state)
        const payment = samplePayment('refused', { payment: next.signed.hash })
        await store.append(next.signed, next.state, state.head, payment)
        await store.discard(next.signed.hash, state)
        expect(await store.head()).toEqual(state)
        expect(await store.listEntries()).toHaveLength(2)
        expect(await store.getPayment(next.signed.hash)).toBeUndefined()
        await store.append(next.signed, next.state, state.head, payment)
        expect(await store.head()).toEqual(next.state)
      })

      it('takes back open', async () => {
        const { state } = await appendChain(1)
        await store.discard(state.head, undefined)
        expect(await store.head()).toBeUndefined()
        expect(await store.listUncertified()).toEqual([])
      })

      it('is refused for any entry but the newest', async () => {
        const { entries, state } = await appendChain(2)
        const first = entries[0]
        if (first === undefined) throw new RangeError('two entries')
        await expect(store.discard(first.hash, undefined)).rejects.toMatchObject({ code: 'not-found' })
        expect(await store.head()).toEqual(state)
      })

      it('is refused for a certified entry', async () => {
        const { state } = await appendChain(1)
        await store.putCertificate(state.head, certificate)
        await expect(store.discard(state.head, undefined)).rejects.toMatchObject({ code: 'not-found' })
        expect(await store.head()).toEqual(state)
      })
    })

    describe('payments', () => {
      it('come back exactly, with and without their later messages', async () => {
        const bare = samplePayment('bare')
        const full = samplePayment('full', {
          direction: 'in',
          phase: 'claimed',
          question: '',
          certificateWire: certificate,
          deliveryWire: textToBytes('delivery'),
          ack: new Uint8Array(64).fill(4),
        })
        await store.putPayment(bare)
        await store.putPayment(full)
        expect(await store.getPayment(bare.payment)).toEqual(bare)
        expect(await store.getPayment(full.payment)).toEqual(full)
      })

      it('are replaced by a newer record of the same payment', async () => {
        await store.putPayment(samplePayment('one', { phase: 'signed' }))
        await store.putPayment(samplePayment('one', { phase: 'certified', certificateWire: certificate }))
        expect(await store.listPayments()).toEqual([
          samplePayment('one', { phase: 'certified', certificateWire: certificate }),
        ])
      })

      it('are found by their invoice', async () => {
        const payment = samplePayment('one')
        await store.putPayment(payment)
        await store.putPayment(samplePayment('two'))
        expect(await store.getPaymentByInvoice(payment.invoice)).toEqual(payment)
        expect(await store.getPaymentByInvoice('ff'.repeat(32))).toBeUndefined()
        expect(await store.getPayment('ff'.repeat(32) as EntryHash)).toBeUndefined()
      })

      it('never share an invoice', async () => {
        const first = samplePayment('first')
        await store.putPayment(first)
        const second = samplePayment('second', { invoice: first.invoice })
        await expect(store.putPayment(second)).rejects.toMatchObject({ code: 'conflicting-invoice' })
        expect(await store.listPayments()).toEqual([first])
      })

      it('are listed newest first, by direction and phase', async () => {
        await store.putPayment(samplePayment('a', { createdAtMs: 10, phase: 'signed' }))
        await store.putPayment(samplePayment('b', { createdAtMs: 30, phase: 'claimed' }))
        await store.putPayment(samplePayment('c', { createdAtMs: 20, phase: 'signed', direction: 'in' }))
        const times = async (filter?: Parameters<LedgerStore['listPayments']>[0]): Promise<number[]> =>
          (await store.listPayments(filter)).map((record) => record.createdAtMs)
        expect(await times()).toEqual([30, 20, 10])
        expect(await times({ direction: 'out' })).toEqual([30, 10])
        expect(await times({ phases: ['signed', 'lapsed'] })).toEqual([20, 10])
        expect(await times({ direction: 'in', phases: ['claimed'] })).toEqual([])
        expect(await times({ phases: [] })).toEqual([])
      })

      it('count their contexts as served once delivered, and as fetched once acknowledged', async () => {
        expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 0 })
        const deliveryWire = textToBytes('delivery')
        const ack = new Uint8Array(64).fill(4)
        await store.putPayment(samplePayment('asked'))
        await store.putPayment(samplePayment('wrong', { phase: 'certified', deliveryWire }))
        await store.putPayment(samplePayment('fetched', { phase: 'delivered', deliveryWire, ack }))
        await store.putPayment(samplePayment('served', { direction: 'in', phase: 'lapsed', deliveryWire }))
        await store.putPayment(samplePayment('earned', { direction: 'in', phase: 'claimed', deliveryWire }))
        expect(await store.totals()).toEqual({ contextsServed: 4, contextsFetched: 2 })
      })
    })

    it('keeps everything through closing and opening again', async ({ skip }) => {
      const { reopen } = opened
      if (reopen === undefined) return skip('lives as long as the process')
      const { entries, state } = await appendChain(3)
      const payment = samplePayment('kept', {
        deliveryWire: textToBytes('delivery'),
        ack: new Uint8Array(64).fill(4),
      })
      await store.putPayment(payment)
      await store.putCertificate(state.head, certificate)
      opened = await reopen()
      store = opened.store
      expect(await store.head()).toEqual(state)
      expect((await store.listEntries()).map((record) => record.signed)).toEqual(entries.toReversed())
      expect(await store.listUncertified()).toEqual(entries.slice(0, 2))
      expect(await store.getPaymentByInvoice(payment.invoice)).toEqual(payment)
      expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 2 })
    })
  })
}
