import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCertificate, parseCertificate, type CertifiedEntry } from '../../domain/ledger/certificate.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import type { LedgerArchive } from '../../ports/ledger-archive.ts'
import { closeDatabase, inTransaction, openDatabase } from './database.ts'
import { archiveMigrations } from './schema.ts'

/** Columns of `entries` that are read. */
interface EntryRow {
  readonly position: number
  readonly wire: Uint8Array
  readonly certificate_wire: Uint8Array
}

function toEntry({ wire, certificate_wire }: EntryRow): CertifiedEntry {
  return { signed: parseEntry(wire), certificate: parseCertificate(certificate_wire) }
}

/**
 * Opens the archive of a network in a data directory, creating it first where it is missing: `archive-<network>.sqlite`,
 * for its owner's eyes only, and not flushed with every write. Throws `already-running` while another process has it
 * open, and `unsupported` when a newer version has written it.
 */
export function openSqliteLedgerArchive({
  directory,
  network,
}: {
  readonly directory: string
  readonly network: string
}): LedgerArchive {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `archive-${network}.sqlite`)
  const database = openDatabase(path, archiveMigrations, 'NORMAL')
  const insert = database.prepare(
    `INSERT INTO entries (account, seq, timestamp_ms, wire, certificate_wire) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (account, seq) DO NOTHING`,
  )
  const selectNewest = database.prepare('SELECT * FROM entries WHERE account = ? ORDER BY seq DESC LIMIT 1')
  const selectFrom = database.prepare(
    'SELECT * FROM entries WHERE account = ? AND seq >= ? ORDER BY seq LIMIT ?',
  )
  const selectPage = database.prepare('SELECT * FROM entries WHERE position >= ? ORDER BY position LIMIT ?')
  const selectCursor = database.prepare('SELECT position FROM cursors WHERE log = ?')
  const replaceCursor = database.prepare('INSERT OR REPLACE INTO cursors VALUES (?, ?)')
  const selectCount = database.prepare('SELECT COUNT(*) AS entries FROM entries')
  const selectSize = database.prepare(
    `SELECT (page_count - freelist_count) * page_size AS bytes
     FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
  )
  const deleteOld = database.prepare('DELETE FROM entries WHERE timestamp_ms < ?')
  const deleteSurplus = database.prepare(
    `DELETE FROM entries WHERE position IN
       (SELECT position FROM entries ORDER BY timestamp_ms DESC LIMIT -1 OFFSET ?)`,
  )
  const transact = <T>(step: () => T): Promise<T> => inTransaction(database, step)

  return {
    put: (batch) =>
      transact(() => {
        let added = 0
        for (const { signed, certificate } of batch) {
          const { account, seq, timestampMs } = signed.entry
          const { changes } = insert.run(
            account,
            seq,
            timestampMs,
            signed.wire,
            encodeCertificate(certificate),
          )
          added += Number(changes)
        }
        return added
      }),
    head: (account) =>
      transact(() => {
        const row = selectNewest.get(account) as EntryRow | undefined
        const newest = row && parseEntry(row.wire)
        return newest && { seq: newest.entry.seq, hash: newest.hash }
      }),
    entries: (account, fromSeq, limit) =>
      transact(() => (selectFrom.all(account, fromSeq, limit) as unknown as EntryRow[]).map(toEntry)),
    page: (position, limit) =>
      transact(() => {
        const rows = selectPage.all(position, limit) as unknown as EntryRow[]
        const last = rows.at(-1)
        return { nextPosition: last === undefined ? position : last.position + 1, entries: rows.map(toEntry) }
      }),
    cursor: (log) => transact(() => selectCursor.get(log)?.['position'] as number | undefined),
    putCursor: (log, position) => transact(() => void replaceCursor.run(log, position)),
    count: () => transact(() => Number(selectCount.get()?.['entries'])),
    sizeBytes: () => transact(() => Number(selectSize.get()?.['bytes'])),
    prune: ({ sinceMs, maxEntries }) =>
      transact(() => {
        deleteOld.run(sinceMs)
        deleteSurplus.run(maxEntries)
      }),
    clear: () => transact(() => database.exec('DELETE FROM entries; DELETE FROM cursors')),
    close: () => closeDatabase(database),
  }
}
