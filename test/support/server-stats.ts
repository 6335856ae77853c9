import type { TestServer } from './start-server.ts'

/** What an operator reads about the ledger, in µT. */
export interface LedgerStats {
  readonly accounts: number
  readonly minted: bigint
  readonly balances: bigint
  readonly credits: bigint
  readonly pending: bigint
  /** In reserves that are not released yet. */
  readonly locked: bigint
  /** Accounts and authorities that were proven to have cheated. */
  readonly frauds: number
  readonly conserved: boolean
}

/** What an operator reads about authorities and checkpoints. */
export interface FederationStats {
  readonly total: number
  readonly reachable: number
  readonly quorum: number
  /** Height of the newest checkpoint; 0 before the first. */
  readonly height: number
  readonly entries: number
  readonly frauds: number
}

interface Stats {
  readonly peersOnline: number
  readonly contextsTotal: number
  readonly authorities: Pick<FederationStats, 'total' | 'reachable' | 'quorum'>
  readonly ledger: Readonly<Record<string, string | number | boolean>> & {
    readonly checkpoint: { readonly height: number } | null
  }
}

/** The swarm as `/stats.json` shows it. */
export async function readSwarmStats(
  server: Pick<TestServer, 'url'>,
): Promise<Pick<Stats, 'peersOnline' | 'contextsTotal'>> {
  const response = await fetch(`${server.url}/stats.json`)
  return (await response.json()) as Stats
}

/** The ledger as `/stats.json` shows it. */
export async function readLedgerStats(server: Pick<TestServer, 'url'>): Promise<LedgerStats> {
  const response = await fetch(`${server.url}/stats.json`)
  const { ledger } = (await response.json()) as Stats
  const amount = (name: string): bigint => BigInt(String(ledger[name]))
  return {
    accounts: Number(ledger['accounts']),
    minted: amount('minted'),
    balances: amount('balances'),
    credits: amount('credits'),
    pending: amount('pending'),
    locked: amount('locked'),
    frauds: Number(ledger['frauds']),
    conserved: ledger['conserved'] === true,
  }
}

/** The authorities and what they agreed on, as `/stats.json` shows it. */
export async function readFederationStats(server: Pick<TestServer, 'url'>): Promise<FederationStats> {
  const response = await fetch(`${server.url}/stats.json`)
  const { authorities, ledger } = (await response.json()) as Stats
  const { checkpoint, entries, frauds } = ledger
  return {
    ...authorities,
    height: checkpoint?.height ?? 0,
    entries: Number(entries),
    frauds: Number(frauds),
  }
}
