import { readFile } from 'node:fs/promises'
import type { Tab } from './tabs.ts'

/** An entry of the wallet's JSON export, as far as tests look at it. */
export interface ExportedEntry {
  /** The entry's hash. */
  readonly id: string
  /** Its place in the own chain. */
  readonly seq: number | null
  readonly kind: string
  readonly state: string
  readonly phase: string | null
  readonly reason: string
  readonly changeMicroTokens: string
  /** Null for what others owe. */
  readonly afterMicroTokens: string | null
  readonly purchases: readonly {
    readonly question: string
    readonly paidMicroTokens: string
    readonly receipt: {
      readonly payment: string
      readonly payee: string
      readonly amountMicroTokens: string
      readonly items: readonly ExportedItem[]
    }
  }[]
}

/** A context of a receipt. */
interface ExportedItem {
  readonly contextHash: string
  readonly sizeBytes: number
  readonly priceMicroTokens: string
}

/** What the wallet of a tab exports, newest first. */
export async function exportWallet(tab: Tab): Promise<readonly ExportedEntry[]> {
  await tab.goTo('Wallet')
  const [download] = await Promise.all([
    tab.page.waitForEvent('download'),
    tab.page.getByRole('button', { name: 'Export JSON' }).click(),
  ])
  return JSON.parse(await readFile(await download.path(), 'utf8')) as ExportedEntry[]
}

/** Every context that was bought or sold with an entry, from its receipts. */
export function itemsOf(entry: ExportedEntry | undefined): readonly ExportedItem[] {
  return entry?.purchases.flatMap(({ receipt }) => receipt.items) ?? []
}

/** What was vouched for with an entry, in µT. */
export function paidOf(entry: ExportedEntry | undefined): bigint {
  return (entry?.purchases ?? []).reduce((sum, { paidMicroTokens }) => sum + BigInt(paidMicroTokens), 0n)
}

/** What each entry did, which stays as it is, unlike what becomes of a payment. */
export function amountsOf(entries: readonly ExportedEntry[]): readonly string[] {
  return entries.map(
    ({ kind, changeMicroTokens, afterMicroTokens }) => `${kind} ${changeMicroTokens} = ${afterMicroTokens}`,
  )
}

/** Balance after the newest entry, in µT. */
export function balanceOf(entries: readonly ExportedEntry[]): bigint {
  const newest = entries.find((entry) => entry.afterMicroTokens !== null)
  return BigInt(newest?.afterMicroTokens ?? '0')
}
