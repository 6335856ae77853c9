import { readBytes, type IngestFile } from '../../domain/content/ingest-file.ts'
import type { IngestQueue } from '../../ports/ingest-queue.ts'
import { settle } from './settle.ts'

/** A queue that lives as long as the process. */
export function createMemoryIngestQueue(): IngestQueue {
  const records = new Map<number, IngestFile>()
  const contents = new Map<number, Uint8Array>()
  let lastId = 0
  return {
    async add(files) {
      const read = await Promise.all(files.map(async ({ bytes }) => bytes && (await readBytes(bytes))))
      return files.map(({ record }, at) => {
        const file = { ...record, id: ++lastId }
        records.set(file.id, file)
        const bytes = read[at]
        if (bytes) contents.set(file.id, bytes)
        return file
      })
    },
    list: () => settle(() => [...records.values()]),
    update: (file) =>
      settle(() => {
        if (!records.has(file.id)) return
        records.set(file.id, file)
        if (file.state === 'ready') contents.delete(file.id)
      }),
    bytesOf: (id) => settle(() => contents.get(id)),
    remove: (ids) =>
      settle(() => {
        for (const id of ids) {
          records.delete(id)
          contents.delete(id)
        }
      }),
    close: () => Promise.resolve(),
  }
}
