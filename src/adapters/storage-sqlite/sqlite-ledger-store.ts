import type { DatabaseSync } from 'node:sqlite'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import type { EntryHash } from '../../domain/ledger/entry.ts'
import type { LedgerRecord, LedgerStore, PaymentRecord } from '../../ports/ledger-store.ts'
import { closeDatabase, inTransaction } from './database.ts'
import {
  accountStateToRow,
  paymentToRow,
  rowToAccountState,
  rowToPayment,
  type AccountStateRow,
  type PaymentRow,
} from './ledger-rows.ts'

interface EntryRow {
  readonly hash: EntryHash
  readonly wire: Uint8Array
  readonly certificate_wire: Uint8Array | null
}

function toRecord(row: EntryRow): LedgerRecord {
  return { signed: parseEntry(row.wire), certificateWire: row.certificate_wire ?? undefined }
}

/** A ledger store over an open database. */
export function createSqliteLedgerStore(database: DatabaseSync): LedgerStore {
  const prepareExact = (sql: string) => {
    const statement = database.prepare(sql)
    statement.setReadBigInts(true)
    return statement
  }
  const selectState = prepareExact('SELECT * FROM account_state')
  const deleteState = database.prepare('DELETE FROM account_state')
  const replaceState = database.prepare(
    `REPLACE INTO account_state VALUES (1, :account, :head, :seq, :balance, :credit, :locked, :stake, :timestamp_ms,
       :frozen, :grants)`,
  )
  const insertEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, NULL)')
  const selectEntries = database.prepare('SELECT * FROM entries ORDER BY seq DESC LIMIT ?')
  const selectUncertified = database.prepare(
    'SELECT * FROM entries WHERE certificate_wire IS NULL ORDER BY seq',
  )
  const deleteEntry = database.prepare('DELETE FROM entries WHERE hash = ?')
  const updateCertificate = database.prepare('UPDATE entries SET certificate_wire = ? WHERE hash = ?')
  const selectPayment = prepareExact('SELECT * FROM payments WHERE payment = ?')
  const selectInvoice = prepareExact('SELECT * FROM payments WHERE invoice = ?')
  const selectPayments = prepareExact(
    `SELECT * FROM payments WHERE (:direction IS NULL OR direction = :direction)
       AND (:phases IS NULL OR phase IN (SELECT value FROM json_each(:phases)))
     ORDER BY created_at_ms DESC`,
  )
  const replacePayment = database.prepare(
    `REPLACE INTO payments VALUES (:payment, :direction, :counterparty, :amount, :from_credit, :invoice, :items,
       :created_at_ms, :expires_at_ms, :phase, :question, :quote_wire, :pay_wire, :certificate_wire, :delivery_wire,
       :ack)`,
  )
  const deletePayment = database.prepare('DELETE FROM payments WHERE payment = ?')
  const countServed = database.prepare(
    `SELECT COALESCE(SUM(json_array_length(items)), 0) AS contexts FROM payments
     WHERE direction = 'in' AND delivery_wire IS NOT NULL`,
  )
  const countFetched = database.prepare(
    `SELECT COALESCE(SUM(json_array_length(items)), 0) AS contexts FROM payments
     WHERE direction = 'out' AND ack IS NOT NULL`,
  )

  const transact = <T>(step: () => T): Promise<T> => inTransaction(database, step)

  function readState(): AccountState | undefined {
    const row = selectState.get() as AccountStateRow | undefined
    return row && rowToAccountState(row)
  }

  function writeState(state: AccountState | undefined): void {
    if (state === undefined) deleteState.run()
    else replaceState.run({ ...accountStateToRow(state) })
  }

  function findByInvoice(invoice: string): PaymentRecord | undefined {
    const row = selectInvoice.get(invoice) as PaymentRow | undefined
    return row && rowToPayment(row)
  }

  function putPayment(record: PaymentRecord): void {
    const known = findByInvoice(record.invoice)
    if (known !== undefined && known.payment !== record.payment) {
      throw new LoremeshError('conflicting-invoice', 'Another payment carries this invoice')
    }
    replacePayment.run({ ...paymentToRow(record) })
  }

  return {
    head: () => transact(readState),
    append: (signed, state, expectedHead, payment) =>
      transact(() => {
        if (readState()?.head !== expectedHead) {
          throw new LoremeshError('conflicting-entry', 'The own chain has moved on since this entry was made')
        }
        insertEntry.run(signed.entry.seq, signed.hash, signed.wire)
        writeState(state)
        if (payment !== undefined) putPayment(payment)
      }),
    discard: (entryHash, state) =>
      transact(() => {
        const newest = selectEntries.get(1) as EntryRow | undefined
        if (newest?.hash !== entryHash || newest.certificate_wire !== null) {
          throw new LoremeshError('not-found', 'The newest own entry is another one, or certified')
        }
        deleteEntry.run(entryHash)
        deletePayment.run(entryHash)
        writeState(state)
      }),
    putCertificate: (entryHash, certificateWire) =>
      transact(() => {
        const { changes } = updateCertificate.run(certificateWire, entryHash)
        if (changes === 0) throw new LoremeshError('not-found', 'No own entry has this hash')
      }),
    // A negative limit is SQLite's "no limit".
    listEntries: (options) =>
      transact(() => (selectEntries.all(options?.limit ?? -1) as unknown as EntryRow[]).map(toRecord)),
    listUncertified: () =>
      transact(() => (selectUncertified.all() as unknown as EntryRow[]).map((row) => parseEntry(row.wire))),

    putPayment: (record) => transact(() => putPayment(record)),
    getPayment: (payment) =>
      transact(() => {
        const row = selectPayment.get(payment) as PaymentRow | undefined
        return row && rowToPayment(row)
      }),
    getPaymentByInvoice: (invoice) => transact(() => findByInvoice(invoice)),
    listPayments: (filter) =>
      transact(() => {
        const rows = selectPayments.all({
          direction: filter?.direction ?? null,
          phases: filter?.phases === undefined ? null : JSON.stringify(filter.phases),
        })
        return (rows as unknown as PaymentRow[]).map(rowToPayment)
      }),
    totals: () =>
      transact(() => ({
        contextsServed: Number(countServed.get()?.['contexts']),
        contextsFetched: Number(countFetched.get()?.['contexts']),
      })),
    close: () => closeDatabase(database),
  }
}
