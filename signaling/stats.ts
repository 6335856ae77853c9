import type { LedgerTotals } from './authority.ts'

/** What `/stats.json` says about the server and its network. Amounts are µT as decimal texts. */
export interface ServerStats {
  readonly peersOnline: number
  readonly guestsOnline: number
  readonly contextsTotal: number
  readonly connections: number
  readonly seederAnnounced: boolean
  readonly uptimeSeconds: number
  readonly ledger: LedgerTotalsJson
}

export interface LedgerTotalsJson {
  readonly accounts: number
  readonly entries: number
  /** Granted so far. */
  readonly minted: string
  readonly balances: string
  readonly credits: string
  readonly locked: string
  readonly stakes: string
  /** Paid, but neither claimed nor taken back. */
  readonly pending: string
  /** True when all of the above are together exactly what was minted. */
  readonly conserved: boolean
}

/** The ledger's totals in their JSON form. */
export function ledgerTotalsToJson(totals: LedgerTotals): LedgerTotalsJson {
  return {
    accounts: totals.accounts,
    entries: totals.entries,
    minted: totals.minted.toString(),
    balances: totals.balances.toString(),
    credits: totals.credits.toString(),
    locked: totals.locked.toString(),
    stakes: totals.stakes.toString(),
    pending: totals.pending.toString(),
    conserved: totals.conserved,
  }
}
