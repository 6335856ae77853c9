import { formatTokens } from '../../../domain/kernel/micro-tokens.ts'
import type { WalletEntry, WalletPurchase } from '../../../peer/peer.ts'

const columns = [
  'row',
  'time_utc',
  'seq',
  'kind',
  'reason',
  'counterparty',
  'amount_tokens',
  'after_tokens',
  'reserved_tokens',
  'pending_out_tokens',
  'pending_in_tokens',
  'decayed_tokens',
  'state',
  'phase',
  'question',
  'context_hashes',
  'size_bytes',
  'price_tokens',
  'paid_tokens',
  'invoice',
  'entry',
] as const

type Row = Readonly<Partial<Record<(typeof columns)[number], string>>>

/**
 * Entries as CSV (RFC 4180) with a header row, each followed by its deliveries in rows of their own. The columns name their units:
 * times are ISO 8601 in UTC, amounts exact tokens. Texts that a spreadsheet would run are marked as texts.
 */
export function entriesToCsv(entries: readonly WalletEntry[]): string {
  const rows = entries.flatMap((entry) => [
    entryRow(entry),
    ...entry.purchases.map((purchase) => deliveryRow(entry, purchase)),
  ])
  const fields = rows.map((row) => columns.map((column) => toCsvField(row[column] ?? '')))
  return [columns, ...fields].map((row) => row.join(',')).join('\r\n') + '\r\n'
}

/** Entries as JSON text with their deliveries and receipts; times are ISO 8601, amounts µT as decimal texts. */
export function entriesToJson(entries: readonly WalletEntry[]): string {
  const plain = entries.map(({ timestampMs, change, after, shares, decayed, purchases, ...entry }) => ({
    ...entry,
    time: isoTime(timestampMs),
    changeMicroTokens: change.toString(),
    afterMicroTokens: after?.toString() ?? null,
    reservedMicroTokens: shares.reserved.toString(),
    pendingOutMicroTokens: shares.pendingOut.toString(),
    pendingInMicroTokens: shares.pendingIn.toString(),
    decayedMicroTokens: decayed.toString(),
    purchases: purchases.map(plainPurchase),
  }))
  return JSON.stringify(plain, null, 2) + '\n'
}

function entryRow({ shares, after, ...entry }: WalletEntry): Row {
  return {
    row: 'entry',
    time_utc: isoTime(entry.timestampMs),
    seq: entry.seq === null ? '' : String(entry.seq),
    kind: entry.kind,
    reason: withoutFormula(entry.reason),
    counterparty: entry.counterparty ?? '',
    amount_tokens: formatTokens(entry.change),
    after_tokens: after === null ? '' : formatTokens(after),
    reserved_tokens: formatTokens(shares.reserved),
    pending_out_tokens: formatTokens(shares.pendingOut),
    pending_in_tokens: formatTokens(shares.pendingIn),
    decayed_tokens: formatTokens(entry.decayed),
    state: entry.state,
    phase: entry.phase ?? '',
    entry: entry.id,
  }
}

function deliveryRow({ id, seq }: WalletEntry, purchase: WalletPurchase): Row {
  return {
    row: 'delivery',
    time_utc: isoTime(purchase.timestampMs),
    seq: seq === null ? '' : String(seq),
    kind: purchase.direction === 'out' ? 'bought' : 'sold',
    counterparty: purchase.counterparty,
    question: withoutFormula(purchase.question),
    context_hashes: purchase.contexts.join(' '),
    size_bytes: String(purchase.sizeBytes),
    price_tokens: formatTokens(purchase.price),
    paid_tokens: formatTokens(purchase.paid),
    invoice: purchase.invoice,
    entry: id,
  }
}

function plainPurchase({ timestampMs, price, paid, receipt, ...purchase }: WalletPurchase) {
  return {
    ...purchase,
    time: isoTime(timestampMs),
    priceMicroTokens: price.toString(),
    paidMicroTokens: paid.toString(),
    receipt: JSON.parse(receipt) as unknown,
  }
}

function isoTime(timestampMs: number): string {
  return new Date(timestampMs).toISOString()
}

function toCsvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Spreadsheets run texts that begin like a formula, after blanks too; a leading apostrophe keeps them texts. */
function withoutFormula(text: string): string {
  return /^[\s\0]*[=+\-@|%＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text
}
