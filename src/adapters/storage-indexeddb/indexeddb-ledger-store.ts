import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { sha256Digest } from '../../domain/kernel/hashing.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import { firstDisplacedSeq, isSettled } from '../../domain/ledger/bookkeeping.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import { sourcesOf, type SignedEntry, type Voucher } from '../../domain/ledger/entry.ts'
import type { LedgerRecord, LedgerStore, PaymentRecord, PurchaseRecord } from '../../ports/ledger-store.ts'
import { compact } from './compact.ts'
import { countPurchase, NO_TOTALS, OWN, type EntryRow, type LedgerDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

function toRecord(row: EntryRow): LedgerRecord {
  return { signed: parseEntry(row.wire), certificateWire: row.certificateWire }
}

function toRow({ entry, hash, wire }: SignedEntry, certificateWire: Uint8Array | undefined): EntryRow {
  const row = { seq: entry.seq, hash, wire: compact(wire) }
  return certificateWire === undefined
    ? { ...row, pending: 1 }
    : { ...row, certificateWire: compact(certificateWire) }
}

function compactVoucher(voucher: Voucher | undefined): Voucher | undefined {
  return voucher && { ...voucher, signature: compact(voucher.signature) }
}

/** A copy of a payment that holds no more memory than it needs, whatever buffers its parts came in. */
export function compactPayment(record: PaymentRecord): PaymentRecord {
  return {
    ...record,
    entryWire: compact(record.entryWire),
    certificateWire: record.certificateWire && compact(record.certificateWire),
    voucher: compactVoucher(record.voucher),
  }
}

function compactPurchase(record: PurchaseRecord): PurchaseRecord {
  return {
    ...record,
    voucher: compactVoucher(record.voucher),
    quoteWire: compact(record.quoteWire),
    deliveryWire: record.deliveryWire && compact(record.deliveryWire),
  }
}

/** A ledger store over an open database. */
export function createIndexedDbLedgerStore(database: LedgerDatabase): LedgerStore {
  const { entries, accountStates, payments, purchases, totals } = database
  const { checkpoints, checkpointedSeqs, forkProofs } = database

  // The functions below are to be called inside a transaction.

  async function writeState(state: AccountState | undefined): Promise<void> {
    if (state === undefined) await accountStates.delete(OWN)
    else await accountStates.put({ ...state, account: compact(state.account) }, OWN)
  }

  /** Rows of equal index value come in the order of the primary key, `seq`. */
  const readUncertified = (): PromiseLike<EntryRow[]> => entries.where('pending').equals(1).toArray()

  /** Removes uncertified entries and their payments. */
  async function drop(rows: readonly EntryRow[]): Promise<void> {
    await entries.bulkDelete(rows.map(({ seq }) => seq))
    await payments.bulkDelete(rows.map(({ hash }) => hash))
  }

  async function adopt(adopted: readonly LedgerRecord[], state: AccountState): Promise<void> {
    const head = await accountStates.get(OWN)
    const uncertified = await readUncertified()
    const displaced = firstDisplacedSeq(
      uncertified,
      adopted.map(({ signed }) => signed),
      state,
    )
    await drop(uncertified.filter(({ seq }) => displaced !== undefined && seq >= displaced))
    const known = await entries.bulkGet(adopted.map(({ signed }) => signed.entry.seq))
    const rows = adopted.map(({ signed, certificateWire }) => toRow(signed, certificateWire))
    await entries.bulkPut(rows.filter((_, at) => known[at]?.certificateWire === undefined))
    if (displaced !== undefined || head === undefined || head.seq <= state.seq) await writeState(state)
  }

  async function putPurchase(record: PurchaseRecord, payment: PaymentRecord): Promise<void> {
    const known = await purchases.get(record.invoice)
    if (known !== undefined && known.payment !== record.payment) {
      throw new LoremeshError('conflicting-invoice', 'Another payment carries this invoice')
    }
    const sum = (await totals.get(OWN)) ?? NO_TOTALS
    const rest = known === undefined ? sum : countPurchase(sum, known, -1)
    await totals.put(countPurchase(rest, record), OWN)
    await purchases.put(compactPurchase(record))
    await payments.put(compactPayment(payment))
  }

  /** Removes all certified entries but the newest. */
  async function pruneEntries(keep: number): Promise<number> {
    const pending = new Set(await entries.where('pending').equals(1).primaryKeys())
    const certified = (await entries.orderBy('seq').primaryKeys()).filter((seq) => !pending.has(seq))
    const old = certified.slice(0, Math.max(0, certified.length - keep))
    await entries.bulkDelete(old)
    return old.length
  }

  async function prunePurchases(keep: number): Promise<number> {
    const old = await purchases.orderBy('createdAtMs').reverse().offset(keep).primaryKeys()
    await purchases.bulkDelete(old)
    return old.length
  }

  /** Removes the settled payments that neither a purchase nor an own entry names. */
  async function prunePayments(): Promise<number> {
    const named = new Set((await purchases.toArray()).map(({ payment }) => payment))
    await entries.each(({ hash, wire }) => {
      for (const payment of [hash, ...sourcesOf(parseEntry(wire).entry.operation)]) named.add(payment)
    })
    return payments.filter((record) => isSettled(record) && !named.has(record.payment)).delete()
  }

  async function pruneCheckpoints(): Promise<number> {
    const newest = await checkpoints.orderBy('height').last()
    return newest === undefined ? 0 : checkpoints.where('height').below(newest.height).delete()
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
          await entries.add(toRow(signed, undefined))
          await writeState(state)
          if (payment !== undefined) await payments.put(compactPayment(payment))
        }),
      ),
    discard: (entryHash, state) =>
      withStorageErrors(() =>
        database.transaction('rw', entries, accountStates, payments, async () => {
          const waiting = await readUncertified()
          const refused = waiting.find(({ hash }) => hash === entryHash)
          if (refused === undefined) {
            throw new LoremeshError('not-found', 'No own entry with this hash waits for its certificate')
          }
          await drop(waiting.filter(({ seq }) => seq >= refused.seq))
          await writeState(state)
        }),
      ),
    adopt: (adopted, state) =>
      withStorageErrors(() =>
        database.transaction('rw', entries, accountStates, payments, () => adopt(adopted, state)),
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
    revoke: (entryHash) =>
      withStorageErrors(() =>
        database.transaction('rw', entries, async () => {
          const first = await entries.get({ hash: entryHash })
          if (first === undefined) throw new LoremeshError('not-found', 'No own entry has this hash')
          const rows = await entries.where('seq').aboveOrEqual(first.seq).toArray()
          await entries.bulkPut(rows.map(({ seq, hash, wire }) => ({ seq, hash, wire, pending: 1 })))
        }),
      ),
    listEntries: ({ limit = Infinity, beforeSeq = Infinity } = {}) =>
      withStorageErrors(async () => {
        const rows = await entries.where('seq').below(beforeSeq).reverse().limit(limit).toArray()
        return rows.map(toRecord)
      }),
    listUncertified: () =>
      withStorageErrors(async () => (await readUncertified()).map((row) => parseEntry(row.wire))),

    putPayment: (record) =>
      withStorageErrors(async () => {
        await payments.put(compactPayment(record))
      }),
    getPayment: (payment) => withStorageErrors(() => payments.get(payment)),
    listPayments: ({ direction, phases, counterparty } = {}) =>
      withStorageErrors(async () => {
        const found =
          counterparty === undefined
            ? phases && payments.where('phase').anyOf(phases)
            : payments.where('counterparty').equals(counterparty)
        return (await (found ?? payments).toArray())
          .filter((record) => direction === undefined || direction === record.direction)
          .filter((record) => phases === undefined || phases.includes(record.phase))
          .sort((a, b) => b.createdAtMs - a.createdAtMs)
      }),

    putPurchase: (record, payment) =>
      withStorageErrors(() =>
        database.transaction('rw', purchases, payments, totals, () => putPurchase(record, payment)),
      ),
    getPurchase: (invoice) => withStorageErrors(() => purchases.get(invoice)),
    listPurchases: ({ payment, limit = Infinity } = {}) =>
      withStorageErrors(() => {
        const found =
          payment === undefined
            ? purchases.orderBy('createdAtMs')
            : purchases.where('[payment+createdAtMs]').between([payment, -Infinity], [payment, Infinity])
        return found.reverse().limit(limit).toArray()
      }),
    totals: () => withStorageErrors(async () => (await totals.get(OWN)) ?? NO_TOTALS),

    putCheckpoint: ({ height, headerWire, certificateWire }) =>
      withStorageErrors(async () => {
        await checkpoints.put({
          height,
          headerWire: compact(headerWire),
          certificateWire: compact(certificateWire),
        })
      }),
    newestCheckpoint: () => withStorageErrors(() => checkpoints.orderBy('height').last()),
    putCheckpointedSeq: (seq) =>
      withStorageErrors(async () => {
        await checkpointedSeqs.put(seq, OWN)
      }),
    checkpointedSeq: () => withStorageErrors(async () => (await checkpointedSeqs.get(OWN)) ?? -1),
    putForkProof: (wire) =>
      withStorageErrors(async () => {
        await forkProofs.put(compact(wire), bytesToHexText(sha256Digest(wire)))
      }),
    listForkProofs: () => withStorageErrors(() => forkProofs.toArray()),

    prune: (keep) =>
      withStorageErrors(() =>
        database.transaction('rw', entries, payments, purchases, checkpoints, async () => {
          const ownEntries = await pruneEntries(keep.entries)
          const oldPurchases = await prunePurchases(keep.purchases)
          return ownEntries + oldPurchases + (await prunePayments()) + (await pruneCheckpoints())
        }),
      ),
    close: () => {
      database.close()
      return Promise.resolve()
    },
  }
}
