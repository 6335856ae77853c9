import type { PeerId } from '../../../domain/identity/account.ts'
import type { WalletEntry } from '../../../peer/peer.ts'
import { kindWord } from '../../../peer/entry-words.ts'
import { shareOf, type AmountName } from './wallet-amounts.ts'

/** Which lines of the wallet are shown: those that fit everything that is not empty. */
export interface EntryFilter {
  /** Words that all occur in reason, questions, peer ids or hashes. */
  readonly text: string
  readonly direction: 'in' | 'out' | ''
  readonly kind: WalletEntry['kind'] | ''
  readonly counterparty: PeerId | ''
  readonly state: WalletEntry['state'] | ''
  /** First and last day in the reader's time zone, such as 2026-03-31. */
  readonly from: string
  readonly to: string
  /** Only lines that are part of this amount. */
  readonly amount: AmountName | ''
}

/** Letters of a hash or peer id that are looked for in one: fewer occur somewhere by chance. */
const MIN_ID_LENGTH = 6

/** Shows everything. */
export const noFilter: EntryFilter = {
  text: '',
  direction: '',
  kind: '',
  counterparty: '',
  state: '',
  from: '',
  to: '',
  amount: '',
}

/** Whether a filter leaves anything out. */
export function isFiltering(filter: EntryFilter): boolean {
  return Object.values(filter).some((value: string) => value.trim() !== '')
}

/** The lines that a filter leaves, in their order. */
export function filterEntries(lines: readonly WalletEntry[], filter: EntryFilter): readonly WalletEntry[] {
  const { direction, kind, counterparty, state, amount } = filter
  const fromMs = filter.from === '' ? -Infinity : dayToMs(filter.from)
  const untilMs = filter.to === '' ? Infinity : dayToMs(filter.to, 1)
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return lines.filter(
    (line) =>
      (direction === '' || direction === directionOf(line)) &&
      (kind === '' || kind === line.kind) &&
      (counterparty === '' || counterpartiesOf(line).has(counterparty)) &&
      (state === '' || state === line.state) &&
      line.timestampMs >= fromMs &&
      line.timestampMs < untilMs &&
      (amount === '' || shareOf(line, amount) !== 0n) &&
      (words.length === 0 || hasWords(line, words)),
  )
}

/** Whether tokens come or go with a line, now or once it is certified; null for neither. */
export function directionOf({ change, shares }: WalletEntry): 'in' | 'out' | null {
  const amount = change === 0n ? shares.pendingIn : change
  if (amount === 0n) return null
  return amount > 0n ? 'in' : 'out'
}

/** Every peer that has to do with some line, with the number of its lines, most first. */
export function countCounterparties(
  lines: readonly WalletEntry[],
): readonly { readonly peerId: PeerId; readonly count: number }[] {
  const counts = new Map<PeerId, number>()
  for (const line of lines) {
    for (const peerId of counterpartiesOf(line)) counts.set(peerId, (counts.get(peerId) ?? 0) + 1)
  }
  return [...counts].map(([peerId, count]) => ({ peerId, count })).sort((a, b) => b.count - a.count)
}

/** The day of a time in the reader's time zone, as a filter has it. */
export function dayOf(timestampMs: number): string {
  const date = new Date(timestampMs)
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'))
  return `${date.getFullYear()}-${month}-${day}`
}

/** Midnight in the reader's time zone at the beginning of a day, or of a later one. */
function dayToMs(day: string, daysLater = 0): number {
  const [year = NaN, month = NaN, date = NaN] = day.split('-').map(Number)
  return new Date(year, month - 1, date + daysLater).getTime()
}

function counterpartiesOf({ counterparty, purchases }: WalletEntry): ReadonlySet<PeerId> {
  const peers = new Set(purchases.map((purchase) => purchase.counterparty))
  return counterparty === null ? peers : peers.add(counterparty)
}

function hasWords(line: WalletEntry, words: readonly string[]): boolean {
  const text = [kindWord(line.kind), line.reason, ...line.purchases.map(({ question }) => question)]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word) || (word.length >= MIN_ID_LENGTH && hasId(line, word)))
}

function hasId({ id, counterparty, settles, purchases }: WalletEntry, part: string): boolean {
  const ids = purchases.flatMap((purchase) => [purchase.invoice, purchase.counterparty, ...purchase.contexts])
  return [id, counterparty ?? '', ...settles, ...ids].some((one) => one.toLowerCase().includes(part))
}
