import { accountToPeerId } from '../domain/identity/account.ts'
import { sourcesOf, type EntryHash, type SignedEntry } from '../domain/ledger/entry.ts'
import type { LedgerStore, PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'

/** What becomes of a payment's record, and of a purchase that is paid from it. */
export interface BookChange {
  readonly payment: PaymentRecord
  readonly purchase?: PurchaseRecord | undefined
}

/**
 * The records of payments. Several use cases change one at a time: vouchers come and go while entries become certified
 * and payees claim. So every change is made of the newest record, one after another.
 */
export interface PaymentBooks {
  /**
   * Keeps what `decide` makes of a payment's record, which is undefined while it is not known; nothing when it gives
   * undefined. Resolves with the record afterwards, and throws what `decide` throws.
   */
  change(
    payment: EntryHash,
    decide: (record: PaymentRecord | undefined) => BookChange | undefined | Promise<BookChange | undefined>,
  ): Promise<PaymentRecord | undefined>
  /** A number that is another one whenever a record may have changed, or something that settles some was written. */
  revision(): number
  /** Runs `task` while no record changes. It changes none itself: that would wait for its own end. */
  unchanged<T>(task: () => Promise<T>): Promise<T>
  /** Keeps what a certified own entry means for the payments that it makes or settles. Doing it again changes nothing. */
  noteCertified(signed: SignedEntry, certificateWire: Uint8Array): Promise<void>
  /** Takes that back: what an entry has settled is looked up in the ledger again. */
  noteRevoked(signed: SignedEntry): Promise<void>
}

/** Creates the books in `ledgerStore`. */
export function createPaymentBooks({
  ledgerStore,
}: {
  readonly ledgerStore: Pick<LedgerStore, 'getPayment' | 'putPayment' | 'putPurchase'>
}): PaymentBooks {
  let changing: Promise<unknown> = Promise.resolve()
  let revision = 0

  async function changeNow(
    payment: EntryHash,
    decide: Parameters<PaymentBooks['change']>[1],
  ): Promise<PaymentRecord | undefined> {
    const record = await ledgerStore.getPayment(payment)
    const change = await decide(record)
    if (change === undefined) return record
    if (change.purchase === undefined) await ledgerStore.putPayment(change.payment)
    else await ledgerStore.putPurchase(change.purchase, change.payment)
    return change.payment
  }

  function unchanged<T>(task: () => Promise<T>): Promise<T> {
    const run = changing.then(task).finally(() => (revision += 1))
    changing = run.catch(() => undefined)
    return run
  }

  const change: PaymentBooks['change'] = (payment, decide) => unchanged(() => changeNow(payment, decide))

  async function settle(payments: readonly EntryHash[], phase: 'claimed' | 'returned'): Promise<void> {
    for (const payment of payments) {
      await change(payment, (record) =>
        record === undefined || record.phase === phase || record.phase === 'returned'
          ? undefined
          : { payment: { ...record, phase } },
      )
    }
  }

  /** Payments that were settled may still be open, or have become something else. */
  async function reopen(payments: readonly EntryHash[], phase: 'claimed' | 'returned'): Promise<void> {
    for (const payment of payments) {
      await change(payment, (record) =>
        record?.phase === phase ? { payment: { ...record, phase: 'certified' } } : undefined,
      )
    }
  }

  return {
    change,
    revision: () => revision,
    unchanged,
    async noteCertified(signed, certificateWire) {
      const { operation } = signed.entry
      switch (operation.type) {
        case 'pay':
        case 'reserve':
          await change(signed.hash, (known) => {
            const record = known ?? recordOf(signed, signed.entry.timestampMs)
            if (record?.phase !== 'signed') return undefined
            return { payment: { ...record, phase: 'certified', certificateWire } }
          })
          return
        case 'claim':
          return settle(sourcesOf(operation), 'claimed')
        case 'reclaim':
        case 'release':
          return settle(sourcesOf(operation), 'returned')
        case 'open':
        case 'collect':
      }
    },
    async noteRevoked({ entry: { operation }, hash }) {
      switch (operation.type) {
        case 'pay':
        case 'reserve':
          await change(hash, (record) =>
            record?.phase === 'certified'
              ? { payment: { ...record, phase: 'signed', certificateWire: undefined } }
              : undefined,
          )
          return
        case 'claim':
          return reopen(sourcesOf(operation), 'claimed')
        case 'reclaim':
        case 'release':
          return reopen(sourcesOf(operation), 'returned')
        case 'open':
        case 'collect':
      }
    },
  }
}

/** The record of a payment or reserve that an own entry makes; undefined for other entries. */
export function recordOf({ entry, hash, wire }: SignedEntry, usedAtMs: number): PaymentRecord | undefined {
  const { operation, timestampMs } = entry
  if (operation.type !== 'pay' && operation.type !== 'reserve') return undefined
  return {
    payment: hash,
    kind: operation.type,
    direction: 'out',
    counterparty: accountToPeerId(operation.to),
    amount: operation.type === 'pay' ? operation.amount : operation.cap,
    fromCredit: operation.fromCredit,
    createdAtMs: timestampMs,
    expiresAtMs: operation.expiresAtMs,
    phase: 'signed',
    entryWire: wire,
    certificateWire: undefined,
    voucher: undefined,
    usedAtMs,
  }
}
