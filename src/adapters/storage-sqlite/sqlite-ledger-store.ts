import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import { countDelivered, firstDisplacedSeq, isSettled } from '../../domain/ledger/bookkeeping.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import { sourcesOf, type EntryHash } from '../../domain/ledger/entry.ts'
import type {
  CheckpointRecord,
  LedgerRecord,
  LedgerStore,
  PaymentRecord,
  PurchaseRecord,
} from '../../ports/ledger-store.ts'
import { closeDatabase, inTransaction } from './database.ts'
import {
  accountStateToRow,
  paymentToRow,
  purchaseToRow,
  rowToAccountState,
  rowToPayment,
  rowToPurchase,
  type AccountStateRow,
  type PaymentRow,
  type PurchaseRow,
} from './ledger-rows.ts'

interface EntryRow {
  readonly seq: number
  readonly hash: EntryHash
  readonly wire: Uint8Array
  readonly certificate_wire: Uint8Array | null
}

interface CheckpointRow {
  readonly height: number
  readonly header_wire: Uint8Array
  readonly certificate_wire: Uint8Array
}

type Row = Record<string, SQLOutputValue>

function toRecord(row: EntryRow): LedgerRecord {
  return { signed: parseEntry(row.wire), certificateWire: row.certificate_wire ?? undefined }
}

function toCheckpoint(row: CheckpointRow): CheckpointRecord {
  return { height: row.height, headerWire: row.header_wire, certificateWire: row.certificate_wire }
}

/** A ledger store over an open database. Where a query takes a limit, a negative one is SQLite's "no limit". */
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
       :frozen, :grants, :checkpoint)`,
  )
  const insertEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, NULL)')
  const putFinalEntry = database.prepare(
    `INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT (seq) DO UPDATE
       SET certificate_wire = excluded.certificate_wire WHERE certificate_wire IS NULL`,
  )
  const selectEntries = database.prepare('SELECT * FROM entries WHERE seq < ? ORDER BY seq DESC LIMIT ?')
  const selectUncertified = database.prepare(
    'SELECT * FROM entries WHERE certificate_wire IS NULL ORDER BY seq',
  )
  const deleteEntry = database.prepare('DELETE FROM entries WHERE hash = ?')
  const updateCertificate = database.prepare('UPDATE entries SET certificate_wire = ? WHERE hash = ?')
  const revokeCertificates = database.prepare(
    `UPDATE entries SET certificate_wire = NULL
       WHERE seq >= (SELECT seq FROM entries WHERE hash = ?)`,
  )
  const pruneEntries = database.prepare(
    `DELETE FROM entries WHERE certificate_wire IS NOT NULL AND seq NOT IN
       (SELECT seq FROM entries WHERE certificate_wire IS NOT NULL ORDER BY seq DESC LIMIT ?)`,
  )

  const selectPayment = prepareExact('SELECT * FROM payments WHERE payment = ?')
  const selectPayments = prepareExact(
    `SELECT * FROM payments WHERE (:direction IS NULL OR direction = :direction)
       AND (:counterparty IS NULL OR counterparty = :counterparty)
       AND (:phases IS NULL OR phase IN (SELECT value FROM json_each(:phases)))
     ORDER BY created_at_ms DESC`,
  )
  const replacePayment = database.prepare(
    `REPLACE INTO payments VALUES (:payment, :kind, :direction, :counterparty, :amount, :from_credit, :created_at_ms,
       :expires_at_ms, :phase, :entry_wire, :certificate_wire, :voucher_amount, :voucher, :used_at_ms)`,
  )
  const deletePayment = database.prepare('DELETE FROM payments WHERE payment = ?')
  const selectUnbought = prepareExact(
    'SELECT * FROM payments WHERE payment NOT IN (SELECT payment FROM purchases)',
  )

  const selectPurchase = prepareExact('SELECT * FROM purchases WHERE invoice = ?')
  const selectPurchases = prepareExact('SELECT * FROM purchases ORDER BY created_at_ms DESC LIMIT ?')
  const selectPurchasesOf = prepareExact(
    'SELECT * FROM purchases WHERE payment = ? ORDER BY created_at_ms DESC LIMIT ?',
  )
  const replacePurchase = database.prepare(
    `REPLACE INTO purchases VALUES (:invoice, :payment, :direction, :counterparty, :items, :price, :paid,
       :voucher_amount, :voucher, :created_at_ms, :question, :quote_wire, :delivery_wire)`,
  )
  const prunePurchases = database.prepare(
    `DELETE FROM purchases WHERE invoice NOT IN
       (SELECT invoice FROM purchases ORDER BY created_at_ms DESC LIMIT ?)`,
  )
  const selectTotal = database.prepare('SELECT contexts FROM totals WHERE direction = ?')
  const addTotal = database.prepare('UPDATE totals SET contexts = contexts + ? WHERE direction = ?')

  const replaceCheckpoint = database.prepare('REPLACE INTO checkpoints VALUES (?, ?, ?)')
  const selectCheckpoint = database.prepare('SELECT * FROM checkpoints ORDER BY height DESC LIMIT 1')
  const pruneCheckpoints = database.prepare(
    'DELETE FROM checkpoints WHERE height < (SELECT MAX(height) FROM checkpoints)',
  )
  const updateCheckpointed = database.prepare('UPDATE checkpointed SET seq = ?')
  const selectCheckpointed = database.prepare('SELECT seq FROM checkpointed')
  const insertForkProof = database.prepare('INSERT OR IGNORE INTO fork_proofs VALUES (?)')
  const selectForkProofs = database.prepare('SELECT wire FROM fork_proofs')

  const transact = <T>(step: () => T): Promise<T> => inTransaction(database, step)

  function readState(): AccountState | undefined {
    const row = selectState.get() as AccountStateRow | undefined
    return row && rowToAccountState(row)
  }

  function writeState(state: AccountState | undefined): void {
    if (state === undefined) deleteState.run()
    else replaceState.run({ ...accountStateToRow(state) })
  }

  function readEntries(limit = -1, beforeSeq = Number.MAX_SAFE_INTEGER): EntryRow[] {
    return selectEntries.all(beforeSeq, limit) as unknown as EntryRow[]
  }

  const readUncertified = (): EntryRow[] => selectUncertified.all() as unknown as EntryRow[]

  /** Removes an uncertified entry and its payment. */
  function drop({ hash }: EntryRow): void {
    deleteEntry.run(hash)
    deletePayment.run(hash)
  }

  function adopt(entries: readonly LedgerRecord[], state: AccountState): void {
    const head = readState()
    const uncertified = readUncertified()
    const displaced = firstDisplacedSeq(
      uncertified,
      entries.map(({ signed }) => signed),
      state,
    )
    for (const row of uncertified) if (displaced !== undefined && row.seq >= displaced) drop(row)
    for (const { signed, certificateWire } of entries) {
      putFinalEntry.run(signed.entry.seq, signed.hash, signed.wire, certificateWire ?? null)
    }
    if (displaced !== undefined || head === undefined || head.seq <= state.seq) writeState(state)
  }

  const putPayment = (record: PaymentRecord): void => {
    replacePayment.run({ ...paymentToRow(record) })
  }

  function readPurchase(invoice: string): PurchaseRecord | undefined {
    const row = selectPurchase.get(invoice) as PurchaseRow | undefined
    return row && rowToPurchase(row)
  }

  function putPurchase(record: PurchaseRecord, payment: PaymentRecord): void {
    const known = readPurchase(record.invoice)
    if (known !== undefined && known.payment !== record.payment) {
      throw new LoremeshError('conflicting-invoice', 'Another payment carries this invoice')
    }
    if (known !== undefined) addTotal.run(-countDelivered(known), known.direction)
    addTotal.run(countDelivered(record), record.direction)
    replacePurchase.run({ ...purchaseToRow(record) })
    putPayment(payment)
  }

  /** Removes the settled payments that neither a purchase nor an own entry names. */
  function prunePayments(): number {
    const settled = (selectUnbought.all() as unknown as PaymentRow[]).map(rowToPayment).filter(isSettled)
    if (settled.length === 0) return 0
    const named = new Set(
      readEntries().flatMap(({ hash, wire }) => [hash, ...sourcesOf(parseEntry(wire).entry.operation)]),
    )
    const unnamed = settled.filter(({ payment }) => !named.has(payment))
    for (const { payment } of unnamed) deletePayment.run(payment)
    return unnamed.length
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
        const waiting = readUncertified()
        const refused = waiting.find(({ hash }) => hash === entryHash)
        if (refused === undefined) {
          throw new LoremeshError('not-found', 'No own entry with this hash waits for its certificate')
        }
        waiting.filter(({ seq }) => seq >= refused.seq).forEach(drop)
        writeState(state)
      }),
    adopt: (entries, state) => transact(() => adopt(entries, state)),
    putCertificate: (entryHash, certificateWire) =>
      transact(() => {
        const { changes } = updateCertificate.run(certificateWire, entryHash)
        if (changes === 0) throw new LoremeshError('not-found', 'No own entry has this hash')
      }),
    revoke: (entryHash) =>
      transact(() => {
        const { changes } = revokeCertificates.run(entryHash)
        if (changes === 0) throw new LoremeshError('not-found', 'No own entry has this hash')
      }),
    listEntries: ({ limit, beforeSeq } = {}) => transact(() => readEntries(limit, beforeSeq).map(toRecord)),
    listUncertified: () => transact(() => readUncertified().map((row) => parseEntry(row.wire))),

    putPayment: (record) => transact(() => putPayment(record)),
    getPayment: (payment) =>
      transact(() => {
        const row = selectPayment.get(payment) as PaymentRow | undefined
        return row && rowToPayment(row)
      }),
    listPayments: ({ direction, phases, counterparty } = {}) =>
      transact(() => {
        const rows = selectPayments.all({
          direction: direction ?? null,
          phases: phases === undefined ? null : JSON.stringify(phases),
          counterparty: counterparty ?? null,
        })
        return (rows as unknown as PaymentRow[]).map(rowToPayment)
      }),

    putPurchase: (record, payment) => transact(() => putPurchase(record, payment)),
    getPurchase: (invoice) => transact(() => readPurchase(invoice)),
    listPurchases: ({ payment, limit = -1 } = {}) =>
      transact(() => {
        const rows: Row[] =
          payment === undefined ? selectPurchases.all(limit) : selectPurchasesOf.all(payment, limit)
        return (rows as unknown as PurchaseRow[]).map(rowToPurchase)
      }),
    totals: () =>
      transact(() => ({
        contextsServed: Number(selectTotal.get('in')?.['contexts']),
        contextsFetched: Number(selectTotal.get('out')?.['contexts']),
      })),

    putCheckpoint: ({ height, headerWire, certificateWire }) =>
      transact(() => void replaceCheckpoint.run(height, headerWire, certificateWire)),
    newestCheckpoint: () =>
      transact(() => {
        const row = selectCheckpoint.get() as CheckpointRow | undefined
        return row && toCheckpoint(row)
      }),
    putCheckpointedSeq: (seq) => transact(() => void updateCheckpointed.run(seq)),
    checkpointedSeq: () => transact(() => Number(selectCheckpointed.get()?.['seq'])),
    putForkProof: (wire) => transact(() => void insertForkProof.run(wire)),
    listForkProofs: () => transact(() => selectForkProofs.all().map((row) => row['wire'] as Uint8Array)),

    prune: (keep) =>
      transact(
        () =>
          Number(pruneEntries.run(keep.entries).changes) +
          Number(prunePurchases.run(keep.purchases).changes) +
          prunePayments() +
          Number(pruneCheckpoints.run().changes),
      ),
    close: () => closeDatabase(database),
  }
}
