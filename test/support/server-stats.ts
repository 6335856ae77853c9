import type { TestServer } from './start-server.ts'

/** What an operator reads about the ledger, in µT. */
export interface LedgerStats {
  readonly accounts: number
  readonly minted: bigint
  readonly balances: bigint
  readonly credits: bigint
  readonly pending: bigint
  readonly conserved: boolean
}

/** The ledger as `/stats.json` shows it. */
export async function readLedgerStats(server: TestServer): Promise<LedgerStats> {
  const response = await fetch(`${server.url}/stats.json`)
  const { ledger } = (await response.json()) as { ledger: Record<string, string | number | boolean> }
  const amount = (name: string): bigint => BigInt(String(ledger[name]))
  return {
    accounts: Number(ledger['accounts']),
    minted: amount('minted'),
    balances: amount('balances'),
    credits: amount('credits'),
    pending: amount('pending'),
    conserved: ledger['conserved'] === true,
  }
}
