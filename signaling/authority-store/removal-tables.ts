import { entryHashToDigest } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from './authority-store.ts'
import { flowOf, STAGES } from './payment-tables.ts'
import { rowToPayment } from './rows.ts'
import { isHere, requireHere, type ShardPlace } from './shard-place.ts'
import type { Query } from './sql-connection.ts'

/** The one thing that is ever taken back. `putAccount` stores the account as it was before. */
export function createRemovalTables(
  query: Query,
  place: ShardPlace,
  { putAccount }: Pick<ShardTransaction, 'putAccount'>,
): Pick<ShardTransaction, 'removeEntry' | 'restorePayment'> {
  return {
    async removeEntry({ entry, hash }, before, { minted, toPool }) {
      requireHere(entry.account, place)
      const sql = 'DELETE FROM entries WHERE hash = $1 RETURNING seq'
      if ((await query(sql, [entryHashToDigest(hash)])).length === 0) return
      await query('UPDATE totals SET entries = entries - 1, minted = minted - $1, pool = pool - $2', [
        minted,
        toPool,
      ])
      await putAccount(before)
    },

    async restorePayment(hash, { after, before }, writer) {
      const digest = entryHashToDigest(hash)
      const [row] = await query('SELECT * FROM payments WHERE hash = $1', [digest])
      const payment = row && rowToPayment(row)
      if (payment?.state !== after) return
      if (isHere(writer, place)) {
        const { pending, drawn } = flowOf(payment)
        await query('UPDATE totals SET pending = pending - $1, drawn = drawn - $2', [pending, drawn])
      }
      if (before === undefined) {
        await query('DELETE FROM payments WHERE hash = $1', [digest])
      } else {
        const claimed = before === 'open' ? 0n : payment.claimed
        const sql = 'UPDATE payments SET claimed = $2, state = $3, stage = $4 WHERE hash = $1'
        await query(sql, [digest, claimed, before, STAGES[before]])
      }
      await query('DELETE FROM undelivered WHERE payment = $1', [digest])
    },
  }
}
