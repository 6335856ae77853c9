import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import type { EntryHash } from '../../domain/ledger/entry.ts'
import type { LedgerRecord, LedgerStore, PaymentRecord } from '../../ports/ledger-store.ts'
import { settle } from './settle.ts'

/** A ledger store that lives as long as the process, for ephemeral peers and tests. */
export function createMemoryLedgerStore(): LedgerStore {
  let head: AccountState | undefined
  /** Oldest first. */
  const entries: LedgerRecord[] = []
  const payments = new Map<EntryHash, PaymentRecord>()

  const findByInvoice = (invoice: string): PaymentRecord | undefined =>
    [...payments.values()].find((record) => record.invoice === invoice)

  function putPayment(record: PaymentRecord): void {
    const known = findByInvoice(record.invoice)
    if (known !== undefined && known.payment !== record.payment) {
      throw new LoremeshError('conflicting-invoice', 'Another payment carries this invoice')
    }
    payments.set(record.payment, record)
  }

  function countContexts(counts: (record: PaymentRecord) => boolean): number {
    return [...payments.values()].filter(counts).reduce((count, record) => count + record.items.length, 0)
  }

  return {
    head: () => settle(() => head),
    append: (signed, state, expectedHead, payment) =>
      settle(() => {
        if (head?.head !== expectedHead) {
          throw new LoremeshError('conflicting-entry', 'The own chain has moved on since this entry was made')
        }
        if (payment !== undefined) putPayment(payment)
        entries.push({ signed, certificateWire: undefined })
        head = state
      }),
    discard: (entryHash, state) =>
      settle(() => {
        const newest = entries.at(-1)
        if (newest?.signed.hash !== entryHash || newest.certificateWire !== undefined) {
          throw new LoremeshError('not-found', 'The newest own entry is another one, or certified')
        }
        entries.pop()
        payments.delete(entryHash)
        head = state
      }),
    putCertificate: (entryHash, certificateWire) =>
      settle(() => {
        const index = entries.findIndex((record) => record.signed.hash === entryHash)
        const record = entries[index]
        if (record === undefined) throw new LoremeshError('not-found', 'No own entry has this hash')
        entries[index] = { ...record, certificateWire }
      }),
    listEntries: (options) => settle(() => entries.toReversed().slice(0, options?.limit)),
    listUncertified: () =>
      settle(() =>
        entries.filter((record) => record.certificateWire === undefined).map((record) => record.signed),
      ),

    putPayment: (record) => settle(() => putPayment(record)),
    getPayment: (payment) => settle(() => payments.get(payment)),
    getPaymentByInvoice: (invoice) => settle(() => findByInvoice(invoice)),
    listPayments: (filter) =>
      settle(() =>
        [...payments.values()]
          .filter(({ direction }) => filter?.direction === undefined || filter.direction === direction)
          .filter(({ phase }) => filter?.phases === undefined || filter.phases.includes(phase))
          .sort((a, b) => b.createdAtMs - a.createdAtMs),
      ),
    totals: () =>
      settle(() => ({
        contextsServed: countContexts(
          (record) => record.direction === 'in' && record.deliveryWire !== undefined,
        ),
        contextsFetched: countContexts((record) => record.direction === 'out' && record.ack !== undefined),
      })),
    close: () => Promise.resolve(),
  }
}
