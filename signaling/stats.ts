import type { LedgerTotals } from './authority/ledger-reading.ts'

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
  /** What decay and slashes took. */
  readonly pool: string
  /** Claimed of reserves whose rest is not released yet: it is in `balances` or `credits`, and in `locked` too. */
  readonly drawn: string
  /** True when what accounts hold, `pending` and `pool`, less `drawn`, are together exactly what was minted. */
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
    pool: totals.pool.toString(),
    drawn: totals.drawn.toString(),
    conserved: totals.conserved,
  }
}
