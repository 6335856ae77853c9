import type { TestServer } from './start-server.ts'

/** What an operator reads about the ledger, in µT. */
export interface LedgerStats {
  readonly accounts: number
  readonly minted: bigint
  readonly balances: bigint
  readonly credits: bigint
  readonly pending: bigint
  /** Accounts and authorities that were proven to have cheated. */
  readonly frauds: number
  readonly conserved: boolean
}

interface Stats {
  readonly peersOnline: number
  readonly contextsTotal: number
  readonly ledger: Readonly<Record<string, string | number | boolean>>
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
    frauds: Number(ledger['frauds']),
    conserved: ledger['conserved'] === true,
  }
}
