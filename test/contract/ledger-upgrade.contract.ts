import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SinglePayment } from '../../src/adapters/storage-indexeddb/single-payment.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { LedgerStore } from '../../src/ports/ledger-store.ts'
import type { OpenStore } from './open-store.ts'
import { sampleEntry, samplePayment, samplePurchase } from './sample-records.ts'

/** What the first version of a ledger database held, as it wrote it. */
export interface FirstLedger {
  readonly entry: SignedEntry
  readonly state: Omit<AccountState, 'checkpoint'>
  readonly payments: readonly SinglePayment[]
}

const amount = toMicroTokens(2n ** 62n + 2_000_000n)
const ack = new Uint8Array(64).fill(4)
const deliveryWire = textToBytes('delivery')

/** A single payment whose parts are those of the sample records of that name. */
function singlePayment(name: string, changes: Partial<SinglePayment> = {}): SinglePayment {
  const payment = samplePayment(name)
  const { invoice, items, question, quoteWire } = samplePurchase(name, payment)
  return {
    payment: payment.payment,
    direction: payment.direction,
    counterparty: payment.counterparty,
    amount,
    fromCredit: payment.fromCredit,
    invoice,
    items,
    createdAtMs: payment.createdAtMs,
    expiresAtMs: payment.expiresAtMs,
    phase: 'signed',
    question,
    quoteWire,
    payWire: payment.entryWire,
    certificateWire: undefined,
    deliveryWire: undefined,
    ack: undefined,
    ...changes,
  }
}

/** What every ledger store makes of a database that its first version wrote. */
export function describeLedgerUpgrade(
  name: string,
  openFirst: (ledger: FirstLedger) => Promise<OpenStore<LedgerStore>>,
): void {
  describe(`ledger store ${name}, written by the first version`, () => {
    const { signed, state } = sampleEntry(undefined)
    const { checkpoint, ...firstState } = state
    const certificateWire = textToBytes('certificate')
    const certified = { certificateWire, deliveryWire, phase: 'certified' as const }
    let opened: OpenStore<LedgerStore>
    let store: LedgerStore
    beforeEach(async () => {
      opened = await openFirst({
        entry: signed,
        state: firstState,
        payments: [
          singlePayment('signed'),
          singlePayment('acknowledged', { ...certified, phase: 'delivered', ack }),
          singlePayment('taken back', { certificateWire, phase: 'reclaimed' }),
          singlePayment('owed', { ...certified, direction: 'in', question: '' }),
          singlePayment('earned', { ...certified, direction: 'in', question: '', phase: 'claimed', ack }),
          singlePayment('missed', { ...certified, direction: 'in', question: '', phase: 'lapsed' }),
        ],
      })
      store = opened.store
    })
    afterEach(() => opened.close())

    it('keeps the chain, at no checkpoint yet, and goes on with it', async () => {
      expect(checkpoint).not.toBe(0)
      expect(await store.head()).toEqual({ ...state, checkpoint: 0 })
      expect(await store.listUncertified()).toEqual([signed])
      const next = sampleEntry(state)
      await store.append(next.signed, next.state, state.head)
      expect(await store.head()).toEqual(next.state)
    })

    it('makes a payment of every payment', async () => {
      const common = { amount, usedAtMs: 1_000, certificateWire }
      const voucher = { amount: undefined, signature: ack }
      expect(await store.listPayments()).toHaveLength(6)
      for (const payment of [
        samplePayment('signed', { ...common, certificateWire: undefined }),
        samplePayment('acknowledged', { ...common, phase: 'certified', voucher }),
        samplePayment('taken back', { ...common, phase: 'returned' }),
        samplePayment('owed', { ...common, direction: 'in', phase: 'certified' }),
        samplePayment('earned', { ...common, direction: 'in', phase: 'claimed', voucher }),
        samplePayment('missed', { ...common, direction: 'in', phase: 'lapsed' }),
      ]) {
        expect(await store.getPayment(payment.payment)).toEqual(payment)
      }
    })

    it('makes a purchase of every payment, paid for when it was acknowledged', async () => {
      const paid = { price: amount, paid: amount, voucher: { amount: undefined, signature: ack } }
      const unpaid = { price: amount, paid: ZERO_TOKENS }
      const sold = { direction: 'in', question: '', deliveryWire } as const
      const purchaseOf = (text: string, changes: Parameters<typeof samplePurchase>[2]) =>
        samplePurchase(text, samplePayment(text), changes)
      expect(await store.listPurchases()).toHaveLength(6)
      for (const purchase of [
        purchaseOf('signed', unpaid),
        purchaseOf('acknowledged', { ...paid, deliveryWire }),
        purchaseOf('taken back', unpaid),
        purchaseOf('owed', { ...unpaid, ...sold }),
        purchaseOf('earned', { ...paid, ...sold }),
        purchaseOf('missed', { ...unpaid, ...sold }),
      ]) {
        expect(await store.getPurchase(purchase.invoice)).toEqual(purchase)
        expect(await store.listPurchases({ payment: purchase.payment })).toEqual([purchase])
      }
    })

    it('goes on counting', async () => {
      expect(await store.totals()).toEqual({ contextsServed: 6, contextsFetched: 2 })
      const payment = samplePayment('signed')
      await store.putPurchase(samplePurchase('signed', payment, { paid: amount }), payment)
      expect(await store.totals()).toEqual({ contextsServed: 6, contextsFetched: 4 })
    })
  })
}
