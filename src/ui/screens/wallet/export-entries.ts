import { formatTokens } from '../../../domain/kernel/micro-tokens.ts'
import type { WalletEntry, WalletPurchase } from '../../../peer/peer.ts'

const columns = [
  'row',
  'time',
  'seq',
  'kind',
  'reason',
  'counterparty',
  'amount',
  'after',
  'reserved',
  'pending_out',
  'pending_in',
  'decayed',
  'state',
  'phase',
  'question',
  'contexts',
  'bytes',
  'price',
  'paid',
  'invoice',
  'entry',
] as const

type Row = Readonly<Partial<Record<(typeof columns)[number], string>>>

/**
 * Entries as CSV (RFC 4180) with a header row, each followed by its deliveries in rows of their own. Times are ISO 8601,
 * amounts exact tokens. Texts that a spreadsheet would run are marked as texts.
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
    time: isoTime(entry.timestampMs),
    seq: entry.seq === null ? '' : String(entry.seq),
    kind: entry.kind,
    reason: withoutFormula(entry.reason),
    counterparty: entry.counterparty ?? '',
    amount: formatTokens(entry.change),
    after: after === null ? '' : formatTokens(after),
    reserved: formatTokens(shares.reserved),
    pending_out: formatTokens(shares.pendingOut),
    pending_in: formatTokens(shares.pendingIn),
    decayed: formatTokens(entry.decayed),
    state: entry.state,
    phase: entry.phase ?? '',
    entry: entry.id,
  }
}

function deliveryRow({ id, seq }: WalletEntry, purchase: WalletPurchase): Row {
  return {
    row: 'delivery',
    time: isoTime(purchase.timestampMs),
    seq: seq === null ? '' : String(seq),
    kind: purchase.direction === 'out' ? 'bought' : 'sold',
    counterparty: purchase.counterparty,
    question: withoutFormula(purchase.question),
    contexts: purchase.contexts.join(' '),
    bytes: String(purchase.sizeBytes),
    price: formatTokens(purchase.price),
    paid: formatTokens(purchase.paid),
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
