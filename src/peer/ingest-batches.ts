import { maxFileBytes } from '../domain/content/document-limits.ts'
import { readBytes, sizeOf, type AddedFile } from '../domain/content/ingest-file.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { NewIngestFile } from '../ports/ingest-queue.ts'

/** How many files, and bytes of them, are stored and not ready at most. */
const MAX_QUEUE: QueueRoom = { files: 10_000, bytes: 1_000_000_000 }
/** A smaller file is read at once; a larger one is stored from where it is. */
const SMALL_FILE_BYTES = 1_000_000
/** Stored together, so that neither the memory nor the wait for the first file grows with their number. */
const BATCH: QueueRoom = { files: 64, bytes: 8_000_000 }

/** A number of files and of their bytes. */
export interface QueueRoom {
  readonly files: number
  readonly bytes: number
}

/**
 * Makes records of files, in batches of at most 64 files and 8 MB; a large file is a batch by itself. One that is too
 * large or can't be read is refused with a reason. Throws `storage-full` after what fits beside what is `held`.
 */
export async function* collectBatches(
  files: Iterable<AddedFile> | AsyncIterable<AddedFile>,
  held: () => QueueRoom,
  addedAtMs: number,
): AsyncGenerator<readonly NewIngestFile[]> {
  let batch: NewIngestFile[] = []
  let sum = 0
  let taken = held()
  let last = ''
  for await (const file of files) {
    const added = await toNewFile(file, addedAtMs)
    const sizeBytes = added.bytes === null ? 0 : added.record.sizeBytes
    taken = { files: taken.files + 1, bytes: taken.bytes + sizeBytes }
    if (taken.files > MAX_QUEUE.files || taken.bytes > MAX_QUEUE.bytes) {
      if (batch.length > 0) yield batch
      throw queueFull(last)
    }
    const isLarge = sizeBytes > SMALL_FILE_BYTES
    if (batch.length > 0 && (isLarge || batch.length >= BATCH.files || sum + sizeBytes > BATCH.bytes)) {
      yield batch
      batch = []
      sum = 0
      const { files: count, bytes } = held()
      taken = { files: count + 1, bytes: bytes + sizeBytes }
    }
    batch.push(added)
    sum += isLarge ? BATCH.bytes : sizeBytes
    last = file.path
  }
  if (batch.length > 0) yield batch
}

function queueFull(last: string): LoremeshError {
  return new LoremeshError(
    'storage-full',
    last === ''
      ? 'Too many files wait already: 10,000 or 1 GB at most'
      : `At most 10,000 files or 1 GB can wait: “${last}” was the last one added`,
    'Add the others once these are done',
  )
}

async function toNewFile({ path, bytes }: AddedFile, addedAtMs: number): Promise<NewIngestFile> {
  const sizeBytes = sizeOf(bytes)
  const record = { path, sizeBytes, addedAtMs, state: 'queued', attempts: 0 } as const
  const maxBytes = maxFileBytes(path)
  if (sizeBytes > maxBytes) {
    const reason = `Larger than ${maxBytes / 1_000_000} MB. Split the file and add its parts.`
    return refuse({ record, bytes }, reason)
  }
  if (sizeBytes > SMALL_FILE_BYTES) return { record, bytes }
  try {
    return { record, bytes: await readBytes(bytes) }
  } catch {
    return refuseUnreadable({ record, bytes })
  }
}

/** The record of a file whose bytes can't be had. */
export function refuseUnreadable(file: NewIngestFile): NewIngestFile {
  return refuse(file, 'It could not be read. Add it again.')
}

function refuse({ record }: NewIngestFile, reason: string): NewIngestFile {
  return { record: { ...record, state: 'failed', reason }, bytes: null }
}
