import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLedgerStore } from '../../../src/adapters/storage-memory/memory-ledger-store.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Operation } from '../../../src/domain/ledger/entry.ts'
import { createPaymentBooks, type PaymentBooks } from '../../../src/peer/payment-books.ts'
import type { LedgerStore, PaymentRecord } from '../../../src/ports/ledger-store.ts'
import { bob, sampleEntry, samplePayment } from '../../contract/sample-records.ts'

let ledgerStore: LedgerStore
let books: PaymentBooks

beforeEach(() => {
  ledgerStore = createMemoryLedgerStore()
  books = createPaymentBooks({ ledgerStore })
})

/** An entry that comes after `open`. */
const entryOf = (operation: Operation) => sampleEntry(sampleEntry(undefined).state, operation).signed

const certificateWire = textToBytes('certificate')
const source: PaymentRecord = samplePayment('source', { kind: 'reserve', phase: 'certified' })
const amount = toMicroTokens(1n)

describe('an entry that is certified no more', () => {
  it.each<[string, Operation]>([
    [
      'claim',
      {
        type: 'claim',
        sources: [source.payment],
        vouchers: [{ amount, signature: new Uint8Array(64) }],
        amount,
      },
    ],
    ['release', { type: 'release', reserve: source.payment, amount }],
  ])('leaves what its %s has settled to be looked up again', async (_, operation) => {
    await ledgerStore.putPayment(source)
    const signed = entryOf(operation)
    await books.noteCertified(signed, certificateWire)
    expect(await ledgerStore.getPayment(source.payment)).not.toEqual(source)
    await books.noteRevoked(signed)
    await books.noteRevoked(signed)
    expect(await ledgerStore.getPayment(source.payment)).toEqual(source)
  })

  it('leaves its reserve without a certificate', async () => {
    const signed = entryOf({
      type: 'reserve',
      to: bob.account,
      cap: amount,
      fromCredit: amount,
      expiresAtMs: 1_700_000_060_000,
    })
    await books.noteCertified(signed, certificateWire)
    await books.noteRevoked(signed)
    expect(await ledgerStore.getPayment(signed.hash)).toMatchObject({
      phase: 'signed',
      certificateWire: undefined,
    })
    await books.noteCertified(signed, certificateWire)
    expect(await ledgerStore.getPayment(signed.hash)).toMatchObject({ phase: 'certified', certificateWire })
  })
})
