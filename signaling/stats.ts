/** Totals of the ledger in µT as decimal texts, and whether they add up. */
export interface LedgerTotals {
  readonly accounts: number
  readonly entries: number
  /** Granted so far. */
  readonly minted: string
  readonly balances: string
  readonly credits: string
  /** Paid, but neither claimed nor taken back. */
  readonly pending: string
  /** True when balances, credits and pending payments are exactly what was minted. */
  readonly conserved: boolean
}

/** What `/stats.json` says about the server and its network. */
export interface ServerStats {
  readonly peersOnline: number
  readonly guestsOnline: number
  readonly contextsTotal: number
  readonly connections: number
  readonly seederAnnounced: boolean
  readonly uptimeSeconds: number
  readonly ledger: LedgerTotals
}
