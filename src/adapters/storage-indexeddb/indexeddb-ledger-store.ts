import { LoremeshError } from '../../domain/kernel/errors.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import type { LedgerRecord, LedgerStore, PaymentRecord } from '../../ports/ledger-store.ts'
import { compact } from './compact.ts'
import { OWN, type EntryRow, type LedgerDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

function toRecord(row: EntryRow): LedgerRecord {
  return { signed: parseEntry(row.wire), certificateWire: row.certificateWire }
}

function compactPayment(record: PaymentRecord): PaymentRecord {
  return {
    ...record,
    quoteWire: compact(record.quoteWire),
    payWire: compact(record.payWire),
    certificateWire: record.certificateWire && compact(record.certificateWire),
    deliveryWire: record.deliveryWire && compact(record.deliveryWire),
    ack: record.ack && compact(record.ack),
  }
}

/** A ledger store over an open database. */
export function createIndexedDbLedgerStore(database: LedgerDatabase): LedgerStore {
  const { entries, accountStates, payments } = database

  /** To be called inside a transaction. */
  async function putPayment(record: PaymentRecord): Promise<void> {
    const known = await payments.get({ invoice: record.invoice })
    if (known !== undefined && known.payment !== record.payment) {
      throw new LoremeshError('conflicting-invoice', 'Another payment carries this invoice')
    }
    await payments.put(compactPayment(record))
  }

  return {
    head: () => withStorageErrors(() => accountStates.get(OWN)),
    append: (signed, state, expectedHead, payment) =>
      withStorageErrors(() =>
        database.transaction('rw', entries, accountStates, payments, async () => {
          const head = await accountStates.get(OWN)
          if (head?.head !== expectedHead) {
            throw new LoremeshError(
              'conflicting-entry',
              'The own chain has moved on since this entry was made',
            )
          }
          await entries.add({
            seq: signed.entry.seq,
            hash: signed.hash,
            wire: compact(signed.wire),
            pending: 1,
          })
          await accountStates.put({ ...state, account: compact(state.account) }, OWN)
          if (payment !== undefined) await putPayment(payment)
        }),
      ),
    discard: (entryHash, state) =>
      withStorageErrors(() =>
        database.transaction('rw', entries, accountStates, payments, async () => {
          const newest = await entries.orderBy('seq').last()
          if (newest?.hash !== entryHash || newest.pending === undefined) {
            throw new LoremeshError('not-found', 'The newest own entry is another one, or certified')
          }
          await entries.delete(newest.seq)
          await payments.delete(entryHash)
          if (state === undefined) await accountStates.delete(OWN)
          else await accountStates.put({ ...state, account: compact(state.account) }, OWN)
        }),
      ),
    putCertificate: (entryHash, certificateWire) =>
      withStorageErrors(() =>
        database.transaction('rw', entries, async () => {
          const row = await entries.get({ hash: entryHash })
          if (row === undefined) throw new LoremeshError('not-found', 'No own entry has this hash')
          const { seq, hash, wire } = row
          await entries.put({ seq, hash, wire, certificateWire: compact(certificateWire) })
        }),
      ),
    listEntries: (options) =>
      withStorageErrors(async () => {
        const newestFirst = entries.orderBy('seq').reverse()
        const limit = options?.limit
        const rows = await (limit === undefined ? newestFirst : newestFirst.limit(limit)).toArray()
        return rows.map(toRecord)
      }),
    listUncertified: () =>
      withStorageErrors(async () => {
        // Rows of equal index value come in the order of the primary key, `seq`.
        const rows = await entries.where('pending').equals(1).toArray()
        return rows.map((row) => parseEntry(row.wire))
      }),

    putPayment: (record) =>
      withStorageErrors(() => database.transaction('rw', payments, () => putPayment(record))),
    getPayment: (payment) => withStorageErrors(() => payments.get(payment)),
    getPaymentByInvoice: (invoice) => withStorageErrors(() => payments.get({ invoice })),
    listPayments: (filter) =>
      withStorageErrors(async () => {
        const phases = filter?.phases
        const inPhase = await (phases ? payments.where('phase').anyOf(phases) : payments).toArray()
        return inPhase
          .filter(({ direction }) => filter?.direction === undefined || filter.direction === direction)
          .sort((a, b) => b.createdAtMs - a.createdAtMs)
      }),
    totals: () =>
      withStorageErrors(async () => {
        let contextsServed = 0
        let contextsFetched = 0
        await payments.each(({ ack, deliveryWire, direction, items }) => {
          if (direction === 'in' && deliveryWire !== undefined) contextsServed += items.length
          if (direction === 'out' && ack !== undefined) contextsFetched += items.length
        })
        return { contextsServed, contextsFetched }
      }),
    close: () => {
      database.close()
      return Promise.resolve()
    },
  }
}
