import type { ShardTransaction } from './authority-store.ts'
import { bytesOf, rowToCheckpoint } from './rows.ts'
import type { Query } from './sql-connection.ts'

type CheckpointTables = Pick<
  ShardTransaction,
  | 'addCheckpoint'
  | 'checkpoint'
  | 'newestCheckpoint'
  | 'record'
  | 'putRecord'
  | 'addRecord'
  | 'removeRecord'
  | 'records'
>

const FIRST_KEY = new Uint8Array()

/** What a transaction does with checkpoints and with records. */
export function createCheckpointTables(query: Query): CheckpointTables {
  return {
    async addCheckpoint({ height, header, certificate, facts, cut }) {
      const sql = 'INSERT INTO checkpoints VALUES ($1, $2, $3, $4, $5) ON CONFLICT (height) DO NOTHING'
      await query(sql, [height, header, certificate, facts, cut])
    },

    async checkpoint(height) {
      const [row] = await query('SELECT * FROM checkpoints WHERE height = $1', [height])
      return row && rowToCheckpoint(row)
    },

    async newestCheckpoint() {
      const [row] = await query('SELECT * FROM checkpoints ORDER BY height DESC LIMIT 1', [])
      return row && rowToCheckpoint(row)
    },

    async record(kind, key) {
      const [row] = await query('SELECT value FROM records WHERE kind = $1 AND key = $2', [kind, key])
      return row && bytesOf(row, 'value')
    },

    async putRecord(kind, key, value) {
      const sql = `INSERT INTO records VALUES ($1, $2, $3) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value`
      await query(sql, [kind, key, value])
    },

    async addRecord(kind, key, value) {
      const sql = 'INSERT INTO records VALUES ($1, $2, $3) ON CONFLICT (kind, key) DO NOTHING RETURNING kind'
      return (await query(sql, [kind, key, value])).length > 0
    },

    async removeRecord(kind, key) {
      await query('DELETE FROM records WHERE kind = $1 AND key = $2', [kind, key])
    },

    async records(kind, { from = FIRST_KEY, before, limit }) {
      const isBefore = before === undefined ? '' : 'AND key < $4'
      const sql = `SELECT key, value FROM records WHERE kind = $1 AND key >= $2 ${isBefore} ORDER BY key LIMIT $3`
      const rows = await query(sql, [kind, from, limit, ...(before === undefined ? [] : [before])])
      return rows.map((row) => ({ key: bytesOf(row, 'key'), value: bytesOf(row, 'value') }))
    },
  }
}
