import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { entryHashToDigest } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from './authority-store.ts'
import { hashOf, rowToVote } from './rows.ts'
import { requireHere, type ShardPlace } from './shard-place.ts'
import type { Query } from './sql-connection.ts'

type VoteTables = Pick<
  ShardTransaction,
  'vote' | 'addVote' | 'releaseVote' | 'settlementVote' | 'addSettlementVote'
>

/** What a transaction does with votes. */
export function createVoteTables(query: Query, place: ShardPlace): VoteTables {
  return {
    async vote(account, seq) {
      const sql = 'SELECT hash, entry, authority, signature FROM votes WHERE account = $1 AND seq = $2'
      const [row] = await query(sql, [account, seq])
      return row && rowToVote(row)
    },

    async addVote({ entry, hash, wire }, { authority, signature }) {
      requireHere(entry.account, place)
      const added = await query(
        'INSERT INTO votes VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, seq) DO NOTHING RETURNING seq',
        [entry.account, entry.seq, entryHashToDigest(hash), wire, authority, signature],
      )
      if (added.length === 0) {
        throw new LoremeshError('conflicting-entry', `Another entry has the vote for seq ${entry.seq}`)
      }
    },

    async releaseVote(account, seq) {
      await query(
        'DELETE FROM settlement_votes WHERE entry IN (SELECT hash FROM votes WHERE account = $1 AND seq = $2)',
        [account, seq],
      )
      await query('DELETE FROM votes WHERE account = $1 AND seq = $2', [account, seq])
    },

    async settlementVote(payment, account) {
      const sql = 'SELECT entry FROM settlement_votes WHERE payment = $1 AND account = $2'
      const [row] = await query(sql, [entryHashToDigest(payment), account])
      return row && hashOf(row, 'entry')
    },

    async addSettlementVote(payment, { entry, hash }) {
      requireHere(entry.account, place)
      const same = await query(
        `INSERT INTO settlement_votes VALUES ($1, $2, $3)
         ON CONFLICT (payment, account) DO UPDATE SET entry = excluded.entry WHERE settlement_votes.entry = excluded.entry
         RETURNING entry`,
        [entryHashToDigest(payment), entry.account, entryHashToDigest(hash)],
      )
      if (same.length === 0) {
        throw new LoremeshError('already-claimed', 'Another entry settles this payment already')
      }
    },
  }
}
