import { parseContextHash } from '../../domain/content/context-hash.ts'
import { parsePeerId, toAccount } from '../../domain/identity/account.ts'
import { toMicroTokens } from '../../domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import type { EntryHash } from '../../domain/ledger/entry.ts'
import type { QuoteItem } from '../../domain/ledger/quote.ts'
import type { PaymentPhase, PaymentRecord } from '../../ports/ledger-store.ts'

/** A row of `account_state`, read with `setReadBigInts`. */
export interface AccountStateRow {
  readonly account: Uint8Array
  readonly head: string
  readonly seq: bigint
  readonly balance: bigint
  readonly credit: bigint
  readonly locked: bigint
  readonly stake: bigint
  readonly timestamp_ms: bigint
  readonly frozen: bigint
  readonly grants: string
}

/** A row of `payments`, read with `setReadBigInts`. */
export interface PaymentRow {
  readonly payment: string
  readonly direction: string
  readonly counterparty: string
  readonly amount: bigint
  readonly from_credit: bigint
  readonly invoice: string
  readonly items: string
  readonly created_at_ms: bigint
  readonly expires_at_ms: bigint
  readonly phase: string
  readonly question: string
  readonly quote_wire: Uint8Array
  readonly pay_wire: Uint8Array
  readonly certificate_wire: Uint8Array | null
  readonly delivery_wire: Uint8Array | null
  readonly ack: Uint8Array | null
}

/** The row of a state; its keys are the column names. */
export function accountStateToRow(state: AccountState): AccountStateRow {
  return {
    account: state.account,
    head: state.head,
    seq: BigInt(state.seq),
    balance: state.balance,
    credit: state.credit,
    locked: state.locked,
    stake: state.stake,
    timestamp_ms: BigInt(state.timestampMs),
    frozen: state.frozen ? 1n : 0n,
    grants: JSON.stringify(state.grants),
  }
}

/** The state of a row. */
export function rowToAccountState(row: AccountStateRow): AccountState {
  return {
    account: toAccount(row.account),
    head: row.head as EntryHash,
    seq: Number(row.seq),
    balance: toMicroTokens(row.balance),
    credit: toMicroTokens(row.credit),
    locked: toMicroTokens(row.locked),
    stake: toMicroTokens(row.stake),
    timestampMs: Number(row.timestamp_ms),
    frozen: row.frozen === 1n,
    grants: JSON.parse(row.grants) as string[],
  }
}

/** JSON of a payment's items, prices as decimal text. */
function itemsToJson(items: readonly QuoteItem[]): string {
  return JSON.stringify(items.map((item) => ({ ...item, price: item.price.toString() })))
}

function jsonToItems(json: string): readonly QuoteItem[] {
  const items = JSON.parse(json) as { contextHash: string; sizeBytes: number; price: string }[]
  return items.map(({ contextHash, sizeBytes, price }) => ({
    contextHash: parseContextHash(contextHash),
    sizeBytes,
    price: toMicroTokens(BigInt(price)),
  }))
}

/** The row of a payment; its keys are the column names. */
export function paymentToRow(record: PaymentRecord): PaymentRow {
  return {
    payment: record.payment,
    direction: record.direction,
    counterparty: record.counterparty,
    amount: record.amount,
    from_credit: record.fromCredit,
    invoice: record.invoice,
    items: itemsToJson(record.items),
    created_at_ms: BigInt(record.createdAtMs),
    expires_at_ms: BigInt(record.expiresAtMs),
    phase: record.phase,
    question: record.question,
    quote_wire: record.quoteWire,
    pay_wire: record.payWire,
    certificate_wire: record.certificateWire ?? null,
    delivery_wire: record.deliveryWire ?? null,
    ack: record.ack ?? null,
  }
}

/** The payment of a row. */
export function rowToPayment(row: PaymentRow): PaymentRecord {
  return {
    payment: row.payment as EntryHash,
    direction: row.direction as PaymentRecord['direction'],
    counterparty: parsePeerId(row.counterparty),
    amount: toMicroTokens(row.amount),
    fromCredit: toMicroTokens(row.from_credit),
    invoice: row.invoice,
    items: jsonToItems(row.items),
    createdAtMs: Number(row.created_at_ms),
    expiresAtMs: Number(row.expires_at_ms),
    phase: row.phase as PaymentPhase,
    question: row.question,
    quoteWire: row.quote_wire,
    payWire: row.pay_wire,
    certificateWire: row.certificate_wire ?? undefined,
    deliveryWire: row.delivery_wire ?? undefined,
    ack: row.ack ?? undefined,
  }
}
