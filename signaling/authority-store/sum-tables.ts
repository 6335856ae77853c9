import type { LedgerSums } from './authority-store.ts'
import { amountOf, integerOf, numberOf } from './rows.ts'
import type { Query } from './sql-connection.ts'

// Cast, because PostgreSQL's sum of integers is a decimal number.
const sumOf = (column: string): string =>
  `CAST((SELECT COALESCE(SUM(${column}), 0) FROM accounts) AS BIGINT) AS ${column}`

const SUMS = `
  SELECT totals.*, ${['balance', 'credit', 'locked', 'stake'].map(sumOf).join(', ')},
    (SELECT COUNT(*) FROM accounts) AS accounts
  FROM totals`

/** Sums over a shard. */
export async function readSums(query: Query): Promise<LedgerSums> {
  const [row] = await query(SUMS, [])
  return {
    minted: amountOf(row, 'minted'),
    pool: amountOf(row, 'pool'),
    balances: amountOf(row, 'balance'),
    credits: amountOf(row, 'credit'),
    locked: amountOf(row, 'locked'),
    stakes: amountOf(row, 'stake'),
    pending: integerOf(row, 'pending'),
    drawn: integerOf(row, 'drawn'),
    accounts: numberOf(row, 'accounts'),
    entries: numberOf(row, 'entries'),
  }
}
