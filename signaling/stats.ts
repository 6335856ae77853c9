import type { AuthorityStatus } from './authority-node.ts'
import type { LedgerTotals } from './authority/ledger-reading.ts'

/** What `/stats.json` says about the server and its network. Amounts are µT as decimal texts. */
export interface ServerStats {
  readonly peersOnline: number
  readonly guestsOnline: number
  readonly contextsTotal: number
  readonly connections: number
  readonly seederAnnounced: boolean
  readonly uptimeSeconds: number
  readonly authorities: AuthoritiesJson
  readonly ledger: LedgerJson
}

/** How many authorities there are, how many of them are connected now, and how many it takes to certify an entry. */
interface AuthoritiesJson {
  readonly total: number
  readonly reachable: number
  readonly quorum: number
}

interface LedgerJson {
  readonly accounts: number
  readonly entries: number
  /** Entries that became certified, on average over the last minute. */
  readonly entriesPerSecond: number
  /** Granted so far. */
  readonly minted: string
  readonly balances: string
  readonly credits: string
  readonly locked: string
  readonly stakes: string
  /** Paid, but neither claimed nor taken back. */
  readonly pending: string
  /** Claimed of reserves whose rest is not released yet. */
  readonly drawn: string
  /** Taken by decay and slashes. */
  readonly pool: string
  /** True when all of the above, drawn taken off, are together exactly what was minted. */
  readonly conserved: boolean
  /** The newest final checkpoint; null before the first. */
  readonly checkpoint: { readonly height: number; readonly ageSeconds: number } | null
  /** Accounts and authorities that were proven to have cheated. */
  readonly frauds: number
}

/** What an authority knows of the ledger, in its JSON form. */
export function ledgerToJson(
  { totals, checkpoint, frauds, entriesPerSecond }: AuthorityStatus,
  nowMs: number,
): LedgerJson {
  return {
    ...totalsToJson(totals),
    entriesPerSecond: Math.round(entriesPerSecond * 100) / 100,
    checkpoint:
      checkpoint === undefined
        ? null
        : {
            height: checkpoint.height,
            ageSeconds: Math.max(0, Math.round((nowMs - checkpoint.timeMs) / 1000)),
          },
    frauds,
  }
}

function totalsToJson(totals: LedgerTotals) {
  return {
    accounts: totals.accounts,
    entries: totals.entries,
    minted: totals.minted.toString(),
    balances: totals.balances.toString(),
    credits: totals.credits.toString(),
    locked: totals.locked.toString(),
    stakes: totals.stakes.toString(),
    pending: totals.pending.toString(),
    drawn: totals.drawn.toString(),
    pool: totals.pool.toString(),
    conserved: totals.conserved,
  }
}
