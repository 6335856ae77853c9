import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCertificate, parseCertificate } from '../../domain/ledger/certificate.ts'
import { parseEntry } from '../../domain/ledger/entry-codec.ts'
import type { LedgerArchive } from '../../ports/ledger-archive.ts'
import { closeDatabase, inTransaction, openDatabase } from './database.ts'
import { archiveMigrations } from './schema.ts'

/** Columns of `entries` that are read. */
interface EntryRow {
  readonly wire: Uint8Array
  readonly certificate_wire: Uint8Array
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
  const insert = database.prepare('INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?)')
  const selectNewest = database.prepare('SELECT * FROM entries WHERE account = ? ORDER BY seq DESC LIMIT 1')
  const selectFrom = database.prepare(
    'SELECT * FROM entries WHERE account = ? AND seq >= ? ORDER BY seq LIMIT ?',
  )
  const selectCount = database.prepare('SELECT COUNT(*) AS entries FROM entries')
  const selectSize = database.prepare(
    `SELECT (page_count - freelist_count) * page_size AS bytes
     FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
  )
  const deleteOld = database.prepare('DELETE FROM entries WHERE timestamp_ms < ?')
  const deleteSurplus = database.prepare(
    `DELETE FROM entries WHERE (account, seq) IN
       (SELECT account, seq FROM entries ORDER BY timestamp_ms DESC LIMIT -1 OFFSET ?)`,
  )
  const transact = <T>(step: () => T): Promise<T> => inTransaction(database, step)

  return {
    put: (batch) =>
      transact(() => {
        for (const { signed, certificate } of batch) {
          const { account, seq, timestampMs } = signed.entry
          insert.run(account, seq, timestampMs, signed.wire, encodeCertificate(certificate))
        }
      }),
    head: (account) =>
      transact(() => {
        const row = selectNewest.get(account) as EntryRow | undefined
        const newest = row && parseEntry(row.wire)
        return newest && { seq: newest.entry.seq, hash: newest.hash }
      }),
    entries: (account, fromSeq, limit) =>
      transact(() =>
        (selectFrom.all(account, fromSeq, limit) as unknown as EntryRow[]).map((row) => ({
          signed: parseEntry(row.wire),
          certificate: parseCertificate(row.certificate_wire),
        })),
      ),
    count: () => transact(() => Number(selectCount.get()?.['entries'])),
    sizeBytes: () => transact(() => Number(selectSize.get()?.['bytes'])),
    prune: ({ sinceMs, maxEntries }) =>
      transact(() => {
        deleteOld.run(sinceMs)
        deleteSurplus.run(maxEntries)
      }),
    close: () => closeDatabase(database),
  }
}
