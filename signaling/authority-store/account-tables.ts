import { entryHashToDigest } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from './authority-store.ts'
import { accountOf, numberOf, rowToAccount, rowToLeaf } from './rows.ts'
import { requireHere, type ShardPlace } from './shard-place.ts'
import type { Query } from './sql-connection.ts'

type AccountTables = Pick<
  ShardTransaction,
  'account' | 'putAccount' | 'status' | 'putStatus' | 'leaf' | 'putLeaf' | 'leaves' | 'movedAccounts'
>

/** Comes before every account. */
const NO_ACCOUNT = new Uint8Array()
/** `leaf_seq` of an account that no checkpoint contains. */
const NO_LEAF = -1

const PUT_ACCOUNT = `
  INSERT INTO accounts VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, ${NO_LEAF})
  ON CONFLICT (account) DO UPDATE SET head = excluded.head, seq = excluded.seq, balance = excluded.balance,
    credit = excluded.credit, locked = excluded.locked, stake = excluded.stake, timestamp_ms = excluded.timestamp_ms,
    checkpoint = excluded.checkpoint, frozen = excluded.frozen, grants = excluded.grants`

const PUT_LEAF = `
  INSERT INTO leaves VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (account) DO UPDATE SET head = excluded.head, seq = excluded.seq, balance = excluded.balance,
    credit = excluded.credit, locked = excluded.locked, stake = excluded.stake,
    reputation_milli = excluded.reputation_milli, earned_7d = excluded.earned_7d`

const PUT_STATUS = `
  INSERT INTO statuses VALUES ($1, $2, $3)
  ON CONFLICT (account) DO UPDATE SET frozen_at_seq = excluded.frozen_at_seq, banned_until_ms = excluded.banned_until_ms`

/** What a transaction does with accounts: their certified states, what checkpoints say of them, and what is against them. */
export function createAccountTables(query: Query, place: ShardPlace): AccountTables {
  return {
    async account(account) {
      const [row] = await query('SELECT * FROM accounts WHERE account = $1', [account])
      return row && rowToAccount(row)
    },

    async putAccount(state) {
      requireHere(state.account, place)
      const { account, head, seq, balance, credit, locked, stake, timestampMs, checkpoint, frozen, grants } =
        state
      const amounts = [balance, credit, locked, stake] as const
      const rest = [timestampMs, checkpoint, frozen ? 1 : 0, JSON.stringify(grants)] as const
      await query(PUT_ACCOUNT, [account, entryHashToDigest(head), seq, ...amounts, ...rest])
    },

    async status(account) {
      const [row] = await query('SELECT * FROM statuses WHERE account = $1', [account])
      if (row === undefined) return { frozenAtSeq: null, bannedUntilMs: 0 }
      return {
        frozenAtSeq: row['frozen_at_seq'] === null ? null : numberOf(row, 'frozen_at_seq'),
        bannedUntilMs: numberOf(row, 'banned_until_ms'),
      }
    },

    async putStatus(account, { frozenAtSeq, bannedUntilMs }) {
      requireHere(account, place)
      await query(PUT_STATUS, [account, frozenAtSeq, bannedUntilMs])
    },

    async leaf(account) {
      const [row] = await query('SELECT * FROM leaves WHERE account = $1', [account])
      return row && rowToLeaf(row)
    },

    async putLeaf({ account, head, seq, balance, credit, locked, stake, reputationMilli, earned7d }) {
      requireHere(account, place)
      const amounts = [balance, credit, locked, stake] as const
      await query(PUT_LEAF, [account, entryHashToDigest(head), seq, ...amounts, reputationMilli, earned7d])
      await query('UPDATE accounts SET leaf_seq = $2 WHERE account = $1', [account, seq])
    },

    async leaves(after, limit) {
      const sql = 'SELECT * FROM leaves WHERE account > $1 ORDER BY account LIMIT $2'
      return (await query(sql, [after ?? NO_ACCOUNT, limit])).map(rowToLeaf)
    },

    async movedAccounts(after, limit) {
      const sql = `SELECT account, seq FROM accounts WHERE seq > leaf_seq AND account > $1 ORDER BY account LIMIT $2`
      const rows = await query(sql, [after ?? NO_ACCOUNT, limit])
      return rows.map((row) => ({ account: accountOf(row, 'account'), seq: numberOf(row, 'seq') }))
    },
  }
}
