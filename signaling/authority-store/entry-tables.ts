import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { encodeCertificate } from '../../src/domain/ledger/certificate.ts'
import { entryHashToDigest } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from './authority-store.ts'
import { bytesOf, hashOf, numberOf, rowToEntry } from './rows.ts'
import { requireHere, type ShardPlace } from './shard-place.ts'
import type { Query } from './sql-connection.ts'

type EntryTables = Pick<
  ShardTransaction,
  'addEntry' | 'entries' | 'entry' | 'log' | 'logHashes' | 'grant' | 'addGrant' | 'grantsIssuedSince'
>

/** What a transaction does with certified entries and with grants. */
export function createEntryTables(query: Query, place: ShardPlace): EntryTables {
  return {
    async addEntry({ signed, certificate }, { minted, toPool }) {
      const { account, seq } = signed.entry
      requireHere(account, place)
      const added = await query(
        `INSERT INTO entries (account, seq, hash, wire, certificate) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account, seq) DO NOTHING RETURNING position`,
        [account, seq, entryHashToDigest(signed.hash), signed.wire, encodeCertificate(certificate)],
      )
      if (added.length === 0) {
        throw new LoremeshError('conflicting-entry', `An entry is certified at seq ${seq} already`)
      }
      await query('UPDATE totals SET entries = entries + 1, minted = minted + $1, pool = pool + $2', [
        minted,
        toPool,
      ])
    },

    async entries(account, fromSeq, limit) {
      const sql = 'SELECT * FROM entries WHERE account = $1 AND seq >= $2 ORDER BY seq LIMIT $3'
      return (await query(sql, [account, fromSeq, limit])).map(rowToEntry)
    },

    async entry(hash) {
      const [row] = await query('SELECT * FROM entries WHERE hash = $1', [entryHashToDigest(hash)])
      return row && rowToEntry(row)
    },

    async log(fromPosition, limit) {
      const sql = 'SELECT * FROM entries WHERE position >= $1 ORDER BY position LIMIT $2'
      return (await query(sql, [fromPosition, limit])).map(rowToEntry)
    },

    async logHashes(fromPosition, limit) {
      const sql = 'SELECT position, hash FROM entries WHERE position >= $1 ORDER BY position LIMIT $2'
      const rows = await query(sql, [fromPosition, limit])
      return rows.map((row) => ({ position: numberOf(row, 'position'), hash: hashOf(row, 'hash') }))
    },

    async grant(account, id) {
      const [row] = await query('SELECT wire FROM grants WHERE account = $1 AND id = $2', [account, id])
      return row && bytesOf(row, 'wire')
    },

    async addGrant(account, id, issuedAtMs, wire) {
      await query('INSERT INTO grants VALUES ($1, $2, $3, $4)', [account, id, issuedAtMs, wire])
    },

    async grantsIssuedSince(timeMs) {
      const sql = 'SELECT COUNT(*) AS issued FROM grants WHERE issued_at_ms >= $1'
      const [row] = await query(sql, [timeMs])
      return numberOf(row, 'issued')
    },
  }
}
