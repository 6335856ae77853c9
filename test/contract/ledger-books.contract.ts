import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import type { OpenStore } from './open-store.ts'
import { ann, bob, sampleCheckpoint, samplePayment, samplePurchase } from './sample-records.ts'

const certificate = textToBytes('certificate')
const deliveryWire = textToBytes('delivery')
const ack = { amount: undefined, signature: new Uint8Array(64).fill(4) }
const voucher = { amount: toMicroTokens(2n ** 62n), signature: new Uint8Array(64).fill(5) }
const firstContext = toMicroTokens(2_000_000n)
const bothContexts = toMicroTokens(2n ** 62n + 2_000_000n)

/** What every ledger store does with payments, purchases and what it knows of the whole ledger. */
export function describeLedgerBooks(name: string, openStore: () => Promise<OpenStore<LedgerStore>>): void {
  describe(`ledger store ${name}`, () => {
    let opened: OpenStore<LedgerStore>
    let store: LedgerStore
    beforeEach(async () => {
      opened = await openStore()
      store = opened.store
    })
    afterEach(() => opened.close())

    describe('payments', () => {
      it('come back exactly, with and without what comes later', async () => {
        const bare = samplePayment('bare')
        const full = samplePayment('full', {
          kind: 'reserve',
          direction: 'in',
          phase: 'claimed',
          certificateWire: certificate,
          voucher,
        })
        const acknowledged = samplePayment('acknowledged', { voucher: ack })
        for (const payment of [bare, full, acknowledged]) await store.putPayment(payment)
        for (const payment of [bare, full, acknowledged]) {
          expect(await store.getPayment(payment.payment)).toEqual(payment)
        }
        expect(await store.getPayment('ff'.repeat(32) as EntryHash)).toBeUndefined()
      })

      it('are replaced by a newer record of the same payment', async () => {
        await store.putPayment(samplePayment('one', { phase: 'signed', voucher }))
        const newer = samplePayment('one', { phase: 'certified', certificateWire: certificate })
        await store.putPayment(newer)
        expect(await store.listPayments()).toEqual([newer])
      })

      it('are listed newest first, by direction, phase and counterparty', async () => {
        await store.putPayment(samplePayment('a', { createdAtMs: 10, phase: 'signed' }))
        await store.putPayment(
          samplePayment('b', { createdAtMs: 30, phase: 'claimed', counterparty: ann.peerId }),
        )
        await store.putPayment(samplePayment('c', { createdAtMs: 20, phase: 'signed', direction: 'in' }))
        const times = async (filter?: Parameters<LedgerStore['listPayments']>[0]): Promise<number[]> =>
          (await store.listPayments(filter)).map((record) => record.createdAtMs)
        expect(await times()).toEqual([30, 20, 10])
        expect(await times({})).toEqual([30, 20, 10])
        expect(await times({ direction: 'out' })).toEqual([30, 10])
        expect(await times({ phases: ['signed', 'lapsed'] })).toEqual([20, 10])
        expect(await times({ direction: 'in', phases: ['claimed'] })).toEqual([])
        expect(await times({ phases: [] })).toEqual([])
        expect(await times({ counterparty: bob.peerId })).toEqual([20, 10])
        expect(await times({ counterparty: bob.peerId, direction: 'out' })).toEqual([10])
        expect(await times({ counterparty: ann.peerId, phases: ['signed'] })).toEqual([])
      })
    })

    describe('purchases', () => {
      it('come back exactly, with and without what comes later', async () => {
        const payment = samplePayment('reserve', { kind: 'reserve' })
        const bare = samplePurchase('bare', payment)
        const full = samplePurchase('full', payment, {
          direction: 'in',
          question: '',
          paid: bothContexts,
          voucher,
          deliveryWire,
        })
        await store.putPurchase(bare, payment)
        await store.putPurchase(full, payment)
        expect(await store.getPurchase(bare.invoice)).toEqual(bare)
        expect(await store.getPurchase(full.invoice)).toEqual(full)
        expect(await store.getPurchase('ff'.repeat(32))).toBeUndefined()
      })

      it('are stored together with the payment that they are paid from', async () => {
        const payment = samplePayment('reserve', { kind: 'reserve' })
        await store.putPurchase(samplePurchase('one', payment), payment)
        const used = { ...payment, voucher, usedAtMs: 9_000 }
        await store.putPurchase(samplePurchase('two', used), used)
        expect(await store.listPayments()).toEqual([used])
      })

      it('are replaced by a newer record of the same invoice', async () => {
        const payment = samplePayment('reserve', { kind: 'reserve' })
        await store.putPurchase(samplePurchase('one', payment), payment)
        const newer = samplePurchase('one', payment, { paid: bothContexts, voucher, deliveryWire })
        await store.putPurchase(newer, payment)
        expect(await store.listPurchases()).toEqual([newer])
      })

      it('never share an invoice between payments, and change nothing then', async () => {
        const first = samplePayment('first')
        const purchase = samplePurchase('one', first)
        await store.putPurchase(purchase, first)
        const second = samplePayment('second')
        const conflict = store.putPurchase(samplePurchase('one', second, { paid: bothContexts }), second)
        await expect(conflict).rejects.toMatchObject({ code: 'conflicting-invoice' })
        expect(await store.listPurchases()).toEqual([purchase])
        expect(await store.listPayments()).toEqual([first])
        expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 0 })
      })

      it('are listed newest first, of one payment and up to a limit', async () => {
        const first = samplePayment('first')
        const second = samplePayment('second')
        await store.putPurchase(samplePurchase('a', first, { createdAtMs: 10 }), first)
        await store.putPurchase(samplePurchase('b', second, { createdAtMs: 40 }), second)
        await store.putPurchase(samplePurchase('c', first, { createdAtMs: 30 }), first)
        await store.putPurchase(samplePurchase('d', first, { createdAtMs: 20 }), first)
        const times = async (filter?: Parameters<LedgerStore['listPurchases']>[0]): Promise<number[]> =>
          (await store.listPurchases(filter)).map((record) => record.createdAtMs)
        expect(await times()).toEqual([40, 30, 20, 10])
        expect(await times({ limit: 2 })).toEqual([40, 30])
        expect(await times({ payment: first.payment })).toEqual([30, 20, 10])
        expect(await times({ payment: first.payment, limit: 1 })).toEqual([30])
        expect(await times({ payment: samplePayment('third').payment })).toEqual([])
      })
    })

    describe('totals', () => {
      const out = samplePayment('out')
      const incoming = samplePayment('in', { direction: 'in' })

      it('start at nothing', async () => {
        expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 0 })
      })

      it('count as fetched what was paid for', async () => {
        await store.putPurchase(samplePurchase('asked', out), out)
        await store.putPurchase(samplePurchase('wrong', out, { deliveryWire }), out)
        expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 0 })
        await store.putPurchase(samplePurchase('broke off', out, { paid: firstContext }), out)
        await store.putPurchase(samplePurchase('whole', out, { paid: bothContexts, deliveryWire }), out)
        expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 3 })
      })

      it('count as served what was delivered, and of a delivery that broke off what was paid for', async () => {
        await store.putPurchase(samplePurchase('unpaid', incoming, { deliveryWire }), incoming)
        await store.putPurchase(samplePurchase('broke off', incoming, { paid: firstContext }), incoming)
        expect(await store.totals()).toEqual({ contextsServed: 3, contextsFetched: 0 })
      })

      it('count a purchase once, however often its record is replaced', async () => {
        for (const paid of [firstContext, firstContext, bothContexts, bothContexts]) {
          await store.putPurchase(samplePurchase('one', out, { paid }), out)
        }
        expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 2 })
      })

      it('miss nothing of purchases that are stored at the same time', async () => {
        const names = Array.from({ length: 20 }, (_, at) => `purchase ${at}`)
        await Promise.all(
          names.map((each) => store.putPurchase(samplePurchase(each, out, { paid: bothContexts }), out)),
        )
        expect(await store.totals()).toEqual({ contextsServed: 0, contextsFetched: 40 })
      })
    })

    describe('checkpoints and proofs', () => {
      it('give the newest checkpoint, in whatever order they came', async () => {
        expect(await store.newestCheckpoint()).toBeUndefined()
        for (const height of [4, 11, 9]) await store.putCheckpoint(sampleCheckpoint(height))
        expect(await store.newestCheckpoint()).toEqual(sampleCheckpoint(11))
        await store.putCheckpoint(sampleCheckpoint(11))
        expect(await store.newestCheckpoint()).toEqual(sampleCheckpoint(11))
      })

      it('tell the newest own entry of a checkpoint that was put last', async () => {
        expect(await store.checkpointedSeq()).toBe(-1)
        for (const seq of [0, 7]) await store.putCheckpointedSeq(seq)
        expect(await store.checkpointedSeq()).toBe(7)
      })

      it('keep every proof of fraud once', async () => {
        expect(await store.listForkProofs()).toEqual([])
        const proofs = ['a', 'b'].map(textToBytes)
        for (const proof of [...proofs, ...proofs]) await store.putForkProof(proof)
        const listed = await store.listForkProofs()
        expect(listed).toHaveLength(2)
        expect(listed).toEqual(expect.arrayContaining(proofs))
      })
    })
  })
}
