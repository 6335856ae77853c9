import { formatTokens } from '../../../domain/kernel/micro-tokens.ts'
import type { WalletEntry } from '../../../peer/peer.ts'

const columns = [
  'time',
  'seq',
  'kind',
  'reason',
  'counterparty',
  'amount',
  'after',
  'state',
  'phase',
  'contexts',
  'entry',
] as const

/** Entries as CSV (RFC 4180) with a header row, amounts in exact tokens. Texts that a spreadsheet would run are quoted off. */
export function entriesToCsv(entries: readonly WalletEntry[]): string {
  const rows = entries.map((entry) => [
    new Date(entry.timestampMs).toISOString(),
    String(entry.seq),
    entry.kind,
    withoutFormula(entry.reason),
    entry.counterparty ?? '',
    formatTokens(entry.change),
    formatTokens(entry.after),
    entry.state,
    entry.phase ?? '',
    entry.contexts.join(' '),
    entry.id,
  ])
  return [columns, ...rows].map((row) => row.map(toCsvField).join(',')).join('\r\n') + '\r\n'
}

/** Entries as JSON text with receipts; amounts are µT as decimal strings. */
export function entriesToJson(entries: readonly WalletEntry[]): string {
  const plain = entries.map(({ change, after, receipt, timestampMs, ...entry }) => ({
    ...entry,
    time: new Date(timestampMs).toISOString(),
    changeMicroTokens: change.toString(),
    afterMicroTokens: after.toString(),
    receipt: receipt === null ? null : parseReceipt(receipt),
  }))
  return JSON.stringify(plain, null, 2) + '\n'
}

function toCsvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Spreadsheets run texts that begin like a formula; a leading apostrophe keeps them texts. */
function withoutFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

function parseReceipt(receipt: string): unknown {
  try {
    return JSON.parse(receipt)
  } catch {
    return receipt
  }
}
