import { readBytes, type FileBytes } from '../../domain/content/ingest-file.ts'
import type { IngestQueue } from '../../ports/ingest-queue.ts'
import { compact } from './compact.ts'
import type { ContentRow, QueueDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** Bytes as IndexedDB stores them: a Blob stays one, whose bytes the browser copies to the disk without loading them here. */
async function toStored(bytes: FileBytes): Promise<ContentRow['bytes']> {
  return bytes instanceof Blob ? bytes : compact(await readBytes(bytes))
}

/** A queue over an open database. Bytes have a table of their own, so that listing files reads none. */
export function createIndexedDbIngestQueue(database: QueueDatabase): IngestQueue {
  const { files: records, contents } = database
  return {
    add: (files) =>
      withStorageErrors(async () => {
        const stored = await Promise.all(files.map(async ({ bytes }) => bytes && (await toStored(bytes))))
        return database.transaction('rw', records, contents, async () => {
          const rows = files.map(({ record }) => record)
          const ids = await records.bulkAdd(rows, { allKeys: true })
          const kept = ids.flatMap((id, at) => {
            const bytes = stored[at]
            return bytes ? [{ id, bytes }] : []
          })
          await contents.bulkAdd(kept)
          return rows.map((row, at) => ({ ...row, id: ids[at] ?? 0 }))
        })
      }),
    list: () => withStorageErrors(() => records.toArray()),
    update: (file) =>
      withStorageErrors(() =>
        database.transaction('rw', records, contents, async () => {
          if ((await records.get(file.id)) === undefined) return
          await records.put(file)
          if (file.state === 'ready') await contents.delete(file.id)
        }),
      ),
    bytesOf: (id) => withStorageErrors(async () => (await contents.get(id))?.bytes),
    remove: (ids) =>
      withStorageErrors(() =>
        database.transaction('rw', records, contents, async () => {
          await records.bulkDelete([...ids])
          await contents.bulkDelete([...ids])
        }),
      ),
    close: () => {
      database.close()
      return Promise.resolve()
    },
  }
}
