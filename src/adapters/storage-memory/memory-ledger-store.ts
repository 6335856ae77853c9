import { sha256Digest } from '../../domain/kernel/hashing.ts'
import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import { countDelivered, firstDisplacedSeq, isSettled } from '../../domain/ledger/bookkeeping.ts'
import { sourcesOf, type EntryHash } from '../../domain/ledger/entry.ts'
import type {
  CheckpointRecord,
  LedgerRecord,
  LedgerStore,
  PaymentRecord,
  PurchaseRecord,
} from '../../ports/ledger-store.ts'
import { settle } from './settle.ts'

/** A ledger store that lives as long as the process, for ephemeral peers and tests. */
export function createMemoryLedgerStore(): LedgerStore {
  let head: AccountState | undefined
  /** Oldest first. */
  let entries: LedgerRecord[] = []
  const payments = new Map<EntryHash, PaymentRecord>()
  const purchases = new Map<string, PurchaseRecord>()
  const totals = { contextsServed: 0, contextsFetched: 0 }
  const checkpoints = new Map<number, CheckpointRecord>()
  let checkpointedSeq = -1
  /** By their digest. */
  const forkProofs = new Map<string, Uint8Array>()

  const uncertified = (): LedgerRecord[] => entries.filter((record) => record.certificateWire === undefined)
  const purchasesNewestFirst = (): PurchaseRecord[] =>
    [...purchases.values()].sort((a, b) => b.createdAtMs - a.createdAtMs)
  const newestHeight = (): number => Math.max(...checkpoints.keys())

  /** Removes an uncertified entry and its payment. */
  function drop({ signed }: LedgerRecord): void {
    entries = entries.filter((record) => record.signed.hash !== signed.hash)
    payments.delete(signed.hash)
  }

  function adopt(adopted: readonly LedgerRecord[], state: AccountState): void {
    const places = uncertified().map(({ signed }) => ({ seq: signed.entry.seq, hash: signed.hash }))
    const displaced = firstDisplacedSeq(
      places,
      adopted.map(({ signed }) => signed),
      state,
    )
    for (const record of uncertified()) {
      if (displaced !== undefined && record.signed.entry.seq >= displaced) drop(record)
    }
    const bySeq = new Map(entries.map((record) => [record.signed.entry.seq, record]))
    for (const record of adopted) {
      const { seq } = record.signed.entry
      if (bySeq.get(seq)?.certificateWire === undefined) bySeq.set(seq, record)
    }
    entries = [...bySeq.values()].sort((a, b) => a.signed.entry.seq - b.signed.entry.seq)
    if (displaced !== undefined || head === undefined || head.seq <= state.seq) head = state
  }

  function count(record: PurchaseRecord, sign: 1 | -1): void {
    totals[record.direction === 'in' ? 'contextsServed' : 'contextsFetched'] += sign * countDelivered(record)
  }

  function putPurchase(record: PurchaseRecord, payment: PaymentRecord): void {
    const known = purchases.get(record.invoice)
    if (known !== undefined) {
      if (known.payment !== record.payment) {
        throw new LoremeshError('conflicting-invoice', 'Another payment carries this invoice')
      }
      count(known, -1)
    }
    count(record, 1)
    purchases.set(record.invoice, record)
    payments.set(payment.payment, payment)
  }

  function prune(keep: { readonly entries: number; readonly purchases: number }): number {
    const countRecords = (): number => entries.length + purchases.size + payments.size + checkpoints.size
    const before = countRecords()
    const certified = entries.filter((record) => record.certificateWire !== undefined)
    const old = new Set(certified.slice(0, Math.max(0, certified.length - keep.entries)))
    entries = entries.filter((record) => !old.has(record))
    for (const { invoice } of purchasesNewestFirst().slice(keep.purchases)) purchases.delete(invoice)
    const named = new Set([
      ...entries.flatMap(({ signed }) => [signed.hash, ...sourcesOf(signed.entry.operation)]),
      ...[...purchases.values()].map(({ payment }) => payment),
    ])
    for (const record of payments.values()) {
      if (isSettled(record) && !named.has(record.payment)) payments.delete(record.payment)
    }
    const newest = newestHeight()
    for (const height of checkpoints.keys()) if (height !== newest) checkpoints.delete(height)
    return before - countRecords()
  }

  return {
    head: () => settle(() => head),
    append: (signed, state, expectedHead, payment) =>
      settle(() => {
        if (head?.head !== expectedHead) {
          throw new LoremeshError('conflicting-entry', 'The own chain has moved on since this entry was made')
        }
        if (payment !== undefined) payments.set(payment.payment, payment)
        entries.push({ signed, certificateWire: undefined })
        head = state
      }),
    discard: (entryHash, state) =>
      settle(() => {
        const waiting = uncertified()
        const at = waiting.findIndex(({ signed }) => signed.hash === entryHash)
        if (at < 0) {
          throw new LoremeshError('not-found', 'No own entry with this hash waits for its certificate')
        }
        waiting.slice(at).forEach(drop)
        head = state
      }),
    adopt: (adopted, state) => settle(() => adopt(adopted, state)),
    putCertificate: (entryHash, certificateWire) =>
      settle(() => {
        const index = entries.findIndex((record) => record.signed.hash === entryHash)
        const record = entries[index]
        if (record === undefined) throw new LoremeshError('not-found', 'No own entry has this hash')
        entries[index] = { ...record, certificateWire }
      }),
    revoke: (entryHash) =>
      settle(() => {
        const start = entries.findIndex(({ signed }) => signed.hash === entryHash)
        if (start < 0) throw new LoremeshError('not-found', 'No own entry has this hash')
        entries = entries.map((record, at) =>
          at < start ? record : { ...record, certificateWire: undefined },
        )
      }),
    listEntries: ({ limit, beforeSeq = Infinity } = {}) =>
      settle(() =>
        entries
          .filter(({ signed }) => signed.entry.seq < beforeSeq)
          .reverse()
          .slice(0, limit),
      ),
    listUncertified: () => settle(() => uncertified().map((record) => record.signed)),

    putPayment: (record) => settle(() => void payments.set(record.payment, record)),
    getPayment: (payment) => settle(() => payments.get(payment)),
    listPayments: ({ direction, phases, counterparty } = {}) =>
      settle(() =>
        [...payments.values()]
          .filter((record) => direction === undefined || direction === record.direction)
          .filter((record) => phases === undefined || phases.includes(record.phase))
          .filter((record) => counterparty === undefined || counterparty === record.counterparty)
          .sort((a, b) => b.createdAtMs - a.createdAtMs),
      ),

    putPurchase: (record, payment) => settle(() => putPurchase(record, payment)),
    getPurchase: (invoice) => settle(() => purchases.get(invoice)),
    listPurchases: ({ payment, limit } = {}) =>
      settle(() =>
        purchasesNewestFirst()
          .filter((record) => payment === undefined || payment === record.payment)
          .slice(0, limit),
      ),
    totals: () => settle(() => ({ ...totals })),

    putCheckpoint: (record) => settle(() => void checkpoints.set(record.height, record)),
    newestCheckpoint: () => settle(() => checkpoints.get(newestHeight())),
    putCheckpointedSeq: (seq) => settle(() => void (checkpointedSeq = seq)),
    checkpointedSeq: () => settle(() => checkpointedSeq),
    putForkProof: (wire) => settle(() => void forkProofs.set(bytesToHexText(sha256Digest(wire)), wire)),
    listForkProofs: () => settle(() => [...forkProofs.values()]),

    prune: (keep) => settle(() => prune(keep)),
    close: () => Promise.resolve(),
  }
}
