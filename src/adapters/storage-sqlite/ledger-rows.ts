import { parseContextHash } from '../../domain/content/context-hash.ts'
import { parsePeerId, toAccount } from '../../domain/identity/account.ts'
import { toMicroTokens } from '../../domain/kernel/micro-tokens.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import type { EntryHash, Voucher } from '../../domain/ledger/entry.ts'
import type { QuoteItem } from '../../domain/ledger/quote.ts'
import type { PaymentPhase, PaymentRecord, PurchaseRecord } from '../../ports/ledger-store.ts'

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
  readonly checkpoint: bigint
}

/** The columns of a voucher: both NULL where there is none, the amount alone where it is for a payment. */
interface VoucherColumns {
  readonly voucher_amount: bigint | null
  readonly voucher: Uint8Array | null
}

/** A row of `payments`, read with `setReadBigInts`. */
export interface PaymentRow extends VoucherColumns {
  readonly payment: string
  readonly kind: string
  readonly direction: string
  readonly counterparty: string
  readonly amount: bigint
  readonly from_credit: bigint
  readonly created_at_ms: bigint
  readonly expires_at_ms: bigint
  readonly phase: string
  readonly entry_wire: Uint8Array
  readonly certificate_wire: Uint8Array | null
  readonly used_at_ms: bigint
}

/** A row of `purchases`, read with `setReadBigInts`. */
export interface PurchaseRow extends VoucherColumns {
  readonly invoice: string
  readonly payment: string
  readonly direction: string
  readonly counterparty: string
  readonly items: string
  readonly price: bigint
  readonly paid: bigint
  readonly created_at_ms: bigint
  readonly question: string
  readonly quote_wire: Uint8Array
  readonly delivery_wire: Uint8Array | null
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
    checkpoint: BigInt(state.checkpoint),
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
    checkpoint: Number(row.checkpoint),
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

function voucherToColumns(voucher: Voucher | undefined): VoucherColumns {
  return { voucher_amount: voucher?.amount ?? null, voucher: voucher?.signature ?? null }
}

function columnsToVoucher({ voucher_amount, voucher }: VoucherColumns): Voucher | undefined {
  if (voucher === null) return undefined
  return { amount: voucher_amount === null ? undefined : toMicroTokens(voucher_amount), signature: voucher }
}

/** The row of a payment; its keys are the column names. */
export function paymentToRow(record: PaymentRecord): PaymentRow {
  return {
    payment: record.payment,
    kind: record.kind,
    direction: record.direction,
    counterparty: record.counterparty,
    amount: record.amount,
    from_credit: record.fromCredit,
    created_at_ms: BigInt(record.createdAtMs),
    expires_at_ms: BigInt(record.expiresAtMs),
    phase: record.phase,
    entry_wire: record.entryWire,
    certificate_wire: record.certificateWire ?? null,
    ...voucherToColumns(record.voucher),
    used_at_ms: BigInt(record.usedAtMs),
  }
}

/** The payment of a row. */
export function rowToPayment(row: PaymentRow): PaymentRecord {
  return {
    payment: row.payment as EntryHash,
    kind: row.kind as PaymentRecord['kind'],
    direction: row.direction as PaymentRecord['direction'],
    counterparty: parsePeerId(row.counterparty),
    amount: toMicroTokens(row.amount),
    fromCredit: toMicroTokens(row.from_credit),
    createdAtMs: Number(row.created_at_ms),
    expiresAtMs: Number(row.expires_at_ms),
    phase: row.phase as PaymentPhase,
    entryWire: row.entry_wire,
    certificateWire: row.certificate_wire ?? undefined,
    voucher: columnsToVoucher(row),
    usedAtMs: Number(row.used_at_ms),
  }
}

/** The row of a purchase; its keys are the column names. */
export function purchaseToRow(record: PurchaseRecord): PurchaseRow {
  return {
    invoice: record.invoice,
    payment: record.payment,
    direction: record.direction,
    counterparty: record.counterparty,
    items: itemsToJson(record.items),
    price: record.price,
    paid: record.paid,
    ...voucherToColumns(record.voucher),
    created_at_ms: BigInt(record.createdAtMs),
    question: record.question,
    quote_wire: record.quoteWire,
    delivery_wire: record.deliveryWire ?? null,
  }
}

/** The purchase of a row. */
export function rowToPurchase(row: PurchaseRow): PurchaseRecord {
  return {
    invoice: row.invoice,
    payment: row.payment as EntryHash,
    direction: row.direction as PurchaseRecord['direction'],
    counterparty: parsePeerId(row.counterparty),
    items: jsonToItems(row.items),
    price: toMicroTokens(row.price),
    paid: toMicroTokens(row.paid),
    voucher: columnsToVoucher(row),
    createdAtMs: Number(row.created_at_ms),
    question: row.question,
    quoteWire: row.quote_wire,
    deliveryWire: row.delivery_wire ?? undefined,
  }
}
