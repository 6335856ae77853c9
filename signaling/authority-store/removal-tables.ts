import { entryHashToDigest } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from './authority-store.ts'
import { requireHere, type ShardPlace } from './shard-place.ts'
import type { Query } from './sql-connection.ts'

/** The one thing that is ever taken back. `putAccount` stores the account as it was before. */
export function createRemovalTables(
  query: Query,
  place: ShardPlace,
  { putAccount }: Pick<ShardTransaction, 'putAccount'>,
): Pick<ShardTransaction, 'removeEntry'> {
  return {
    async removeEntry({ entry, hash }, before, toPool) {
      requireHere(entry.account, place)
      const digest = entryHashToDigest(hash)
      const removed = await query('DELETE FROM entries WHERE hash = $1 RETURNING seq', [digest])
      if (removed.length === 0) return
      const pending = entry.operation.type === 'pay' ? entry.operation.amount : 0n
      await query('UPDATE totals SET entries = entries - 1, pool = pool - $1, pending = pending - $2', [
        toPool,
        pending,
      ])
      await query('DELETE FROM payments WHERE hash = $1', [digest])
      await query('DELETE FROM undelivered WHERE payment = $1', [digest])
      await putAccount(before)
    },
  }
}
