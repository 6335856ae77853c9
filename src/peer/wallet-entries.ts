import { toMicroTokens, ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import { sourcesOf, type EntryHash } from '../domain/ledger/entry.ts'
import type { LedgerRecord, PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import { createWalletPurchases } from './wallet-purchases.ts'
import { earlierReason, incomingReason, reasonOf } from './wallet-reasons.ts'
import {
  addShares,
  counts,
  flowOf,
  noShares,
  paymentShares,
  spendable,
  type Spendable,
} from './wallet-shares.ts'
import type { WalletEntry, WalletPurchase, WalletShares, WalletState } from './wallet-state.ts'

/** What the ledger store keeps: entries, payments and purchases, each newest first. */
export interface StoredLedger {
  readonly records: readonly LedgerRecord[]
  readonly payments: readonly PaymentRecord[]
  readonly purchases: readonly PurchaseRecord[]
  /** The newest own entry that a checkpoint contains; −1 before the first. */
  readonly checkpointedSeq: number
}

type WalletLines = Pick<WalletState, 'entries' | 'incoming'>

/** Creates what makes the lines of the wallet of what is stored, newest first. Deliveries are made anew only when they have changed. */
export function createWalletLines(): (stored: StoredLedger) => WalletLines {
  const purchaseOf = createWalletPurchases()

  return ({ records, payments, purchases, checkpointedSeq }) => {
    const byHash = new Map(payments.map((payment) => [payment.payment, payment]))
    const deliveries = groupDeliveries(purchases, byHash, purchaseOf)
    const deliveriesOf = (payment: PaymentRecord): readonly WalletPurchase[] =>
      deliveries.get(payment.payment) ?? []
    const oldest = records.at(-1)
    const base = oldest === undefined || oldest.signed.entry.seq === 0 ? undefined : oldest
    const listed = new Set(records.filter((record) => record !== base).map(({ signed }) => signed.hash))
    /** What an entry that does not count yet settles: it says itself what comes then. */
    const taken = new Set(
      records.filter((record) => !counts(record)).flatMap(({ signed }) => sourcesOf(signed.entry.operation)),
    )
    const openShares = (payment: PaymentRecord): WalletShares =>
      taken.has(payment.payment) ? noShares : paymentShares(payment)

    function toLine(record: LedgerRecord, before: Spendable): WalletEntry {
      const { entry, hash } = record.signed
      const sources = sourcesOf(entry.operation)
      const made = byHash.get(hash)
      const settled = sources.flatMap((source) => byHash.get(source) ?? [])
      const concerned = made === undefined ? settled : [made]
      const traded =
        made === undefined && entry.operation.type !== 'claim' ? [] : concerned.flatMap(deliveriesOf)
      const creditChange = entry.credit - before.credit
      const flow = flowOf(entry, creditChange, settled[0])
      const change = spendable(entry) - spendable(before)
      const isCounted = counts(record)
      return {
        id: hash,
        seq: entry.seq,
        timestampMs: entry.timestampMs,
        kind: entry.operation.type,
        change: isCounted ? change : 0n,
        after: spendable(isCounted ? entry : before),
        shares: addShares([
          isCounted
            ? { ...noShares, balance: change - creditChange, credit: creditChange }
            : { ...noShares, pendingIn: flow ?? change },
          made === undefined ? noShares : openShares(made),
        ]),
        decayed:
          isCounted && flow !== undefined && flow > change ? toMicroTokens(flow - change) : ZERO_TOKENS,
        reason: reasonOf(entry, concerned, traded),
        counterparty: onlyCounterparty(concerned),
        settles: sources,
        purchases: traded,
        state: stateOf(record, checkpointedSeq),
        phase: made?.phase ?? null,
      }
    }

    /** Everything up to the oldest entry that is kept, as one line: what was before that entry is not known. */
    function toEarlier(record: LedgerRecord): WalletEntry {
      const { entry, hash } = record.signed
      const left = payments.filter(({ payment, direction }) => direction === 'out' && !listed.has(payment))
      return {
        id: hash,
        seq: entry.seq,
        timestampMs: entry.timestampMs,
        kind: 'earlier',
        change: spendable(entry),
        after: spendable(entry),
        shares: addShares([
          { ...noShares, balance: entry.balance, credit: entry.credit },
          ...left.map(openShares),
        ]),
        decayed: ZERO_TOKENS,
        reason: earlierReason(entry.seq),
        counterparty: null,
        settles: [],
        purchases: [],
        state: stateOf(record, checkpointedSeq),
        phase: null,
      }
    }

    function toIncoming(payment: PaymentRecord): WalletEntry {
      const sold = deliveriesOf(payment)
      return {
        id: payment.payment,
        seq: null,
        timestampMs: payment.createdAtMs,
        kind: 'incoming',
        change: 0n,
        after: null,
        shares: openShares(payment),
        decayed: ZERO_TOKENS,
        reason: incomingReason(payment, sold),
        counterparty: payment.counterparty,
        settles: [],
        purchases: sold,
        state: 'pending',
        phase: payment.phase,
      }
    }

    return {
      entries: records.map((record, at) =>
        record === base ? toEarlier(record) : toLine(record, records[at + 1]?.signed.entry ?? nothing),
      ),
      incoming: payments.filter((payment) => openShares(payment).pendingIn > 0n).map(toIncoming),
    }
  }
}

const nothing: Spendable = { balance: ZERO_TOKENS, credit: ZERO_TOKENS }

function groupDeliveries(
  purchases: readonly PurchaseRecord[],
  payments: ReadonlyMap<EntryHash, PaymentRecord>,
  purchaseOf: (purchase: PurchaseRecord, payment: PaymentRecord) => WalletPurchase,
): ReadonlyMap<EntryHash, readonly WalletPurchase[]> {
  const groups = new Map<EntryHash, WalletPurchase[]>()
  for (const purchase of purchases) {
    const payment = payments.get(purchase.payment)
    if (payment === undefined) continue
    const group = groups.get(purchase.payment)
    if (group === undefined) groups.set(purchase.payment, [purchaseOf(purchase, payment)])
    else group.push(purchaseOf(purchase, payment))
  }
  return groups
}

function onlyCounterparty(concerned: readonly PaymentRecord[]): WalletEntry['counterparty'] {
  const parties = new Set(concerned.map(({ counterparty }) => counterparty))
  const [only] = parties
  return parties.size === 1 && only !== undefined ? only : null
}

function stateOf({ signed, certificateWire }: LedgerRecord, checkpointedSeq: number): WalletEntry['state'] {
  if (certificateWire === undefined) return 'pending'
  return signed.entry.seq <= checkpointedSeq ? 'checkpointed' : 'certified'
}
