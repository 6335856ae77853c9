import type { DatabaseSync } from 'node:sqlite'
import { readBytes, type IngestFile } from '../../domain/content/ingest-file.ts'
import type { IngestQueue } from '../../ports/ingest-queue.ts'
import { closeDatabase, inTransaction } from './database.ts'

interface FileRow {
  readonly id: number
  readonly record: string
}

/** A queue over an open database. */
export function createSqliteIngestQueue(database: DatabaseSync): IngestQueue {
  const sql = (text: string) => database.prepare(text)
  const insertFile = sql('INSERT INTO files (record) VALUES (?)')
  const insertContent = sql('INSERT INTO contents VALUES (?, ?)')
  const selectFiles = sql('SELECT id, record FROM files ORDER BY id')
  const updateFile = sql('UPDATE files SET record = ? WHERE id = ?')
  const selectContent = sql('SELECT bytes FROM contents WHERE id = ?')
  const deleteFile = sql('DELETE FROM files WHERE id = ?')
  const deleteContent = sql('DELETE FROM contents WHERE id = ?')

  const transact = <T>(step: () => T): Promise<T> => inTransaction(database, step)

  return {
    async add(files) {
      const read = await Promise.all(
        files.map(async ({ record, bytes }) => ({ record, bytes: bytes && (await readBytes(bytes)) })),
      )
      return transact(() =>
        read.map(({ record, bytes }) => {
          const id = Number(insertFile.run(JSON.stringify(record)).lastInsertRowid)
          if (bytes !== null) insertContent.run(id, bytes)
          return { ...record, id }
        }),
      )
    },
    list: () =>
      transact(() =>
        (selectFiles.all() as unknown as FileRow[]).map(({ id, record }) => {
          return { ...(JSON.parse(record) as Omit<IngestFile, 'id'>), id }
        }),
      ),
    update: ({ id, ...record }) =>
      transact(() => {
        updateFile.run(JSON.stringify(record), id)
        if (record.state === 'ready') deleteContent.run(id)
      }),
    bytesOf: (id) =>
      transact(() => {
        const row = selectContent.get(id) as { bytes: Uint8Array } | undefined
        return row?.bytes
      }),
    remove: (ids) =>
      transact(() => {
        for (const id of ids) {
          deleteFile.run(id)
          deleteContent.run(id)
        }
      }),
    close: () => closeDatabase(database),
  }
}
