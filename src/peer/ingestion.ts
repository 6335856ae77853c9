import { isUnderWay, readBytes, type AddedFile, type IngestFile } from '../domain/content/ingest-file.ts'
import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { Clock } from '../ports/clock.ts'
import type { IngestQueue, NewIngestFile } from '../ports/ingest-queue.ts'
import type { IngestedDocument } from './ingest-document.ts'
import { collectBatches, refuseUnreadable, type QueueRoom } from './ingest-batches.ts'

/** A file during which the process ended this often is not tried again by itself. */
const MAX_ATTEMPTS = 2

/** Files on their way into the library: stored first, then read one after another, also after a reload or a crash. */
export interface Ingestion {
  /** Every file that was added and not taken off the list, in the order of adding. */
  readonly files: Readable<readonly IngestFile[]>
  /** Goes on where the last run was ended; forgets what became ready in it. */
  start(): Promise<void>
  /**
   * Stores files so that they are read in time; resolves to their numbers before they are. Throws `storage-full` when no
   * more fit, those before which are queued.
   */
  enqueue(files: Iterable<AddedFile> | AsyncIterable<AddedFile>): Promise<readonly number[]>
  /** Resolves when none of these files is under way any more, to what became of those still on the list. */
  finished(ids: readonly number[]): Promise<readonly IngestFile[]>
  /** Tries files that failed again. */
  retry(ids: readonly number[]): Promise<void>
  /** Takes files off the list; those that wait or are read are not added any more, documents stay. */
  remove(ids: readonly number[]): Promise<void>
  /** Stops what is under way, for the next start to go on with. */
  stop(): Promise<void>
}

/** Makes a document of a file; until it calls `onRead`, the signal ends it. */
export type Ingest = (
  file: { readonly path: string; readonly bytes: Uint8Array; readonly addedAtMs: number },
  options: { readonly signal: AbortSignal; readonly onRead: (contexts: number) => void },
) => Promise<IngestedDocument>

/** Creates the ingestion over `queue`. */
export function createIngestion(
  { queue, clock }: { readonly queue: IngestQueue; readonly clock: Pick<Clock, 'nowMs' | 'abortable'> },
  ingest: Ingest,
): Ingestion {
  const records = new Map<number, IngestFile>()
  const waiting = new Set<number>()
  const whenChanged: (() => void)[] = []
  const files = createWritable<readonly IngestFile[]>([])
  let current: { readonly id: number; abort(): void } | undefined
  let running = Promise.resolve()
  let isRunning = false
  let stopped = false

  function show(...changed: readonly IngestFile[]): void {
    for (const file of changed) records.set(file.id, file)
    files.set([...records.values()])
    for (const resolve of whenChanged.splice(0)) resolve()
  }

  /** Room that is left; files that are ready take none. */
  function room(): QueueRoom {
    const held = files.get().filter(({ state }) => state !== 'ready')
    return { files: held.length, bytes: held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  }

  function wake(): void {
    if (isRunning) return
    isRunning = true
    running = run()
  }

  async function run(): Promise<void> {
    for (const id of waiting) {
      waiting.delete(id)
      const file = records.get(id)
      if (file !== undefined) await process(file)
      if (stopped) break
    }
    isRunning = false
  }

  async function process(file: IngestFile): Promise<void> {
    const { signal, abort } = clock.abortable()
    current = { id: file.id, abort }
    const reading = begin(file, 'reading', file.attempts + 1)
    let outcome: IngestFile
    try {
      show(reading)
      await queue.update(reading)
      const stored = await queue.bytesOf(file.id)
      if (stored === undefined)
        throw new LoremeshError('not-found', 'Its bytes are not here any more', 'Add it again')
      const bytes = await readBytes(stored)
      signal.throwIfAborted()
      const made = await ingest(
        { path: file.path, bytes, addedAtMs: file.addedAtMs },
        { signal, onRead: (contexts) => show({ ...reading, state: 'indexing', contexts }) },
      )
      outcome = { ...reading, ...made, state: 'ready' }
    } catch (error) {
      outcome = stopped ? file : { ...reading, state: 'failed', reason: reasonOf(error) }
    }
    current = undefined
    await record(outcome)
  }

  /** Keeps what became of a file, unless it was removed meanwhile. */
  async function record(file: IngestFile): Promise<void> {
    if (!records.has(file.id)) return
    try {
      await queue.update(file)
      if (records.has(file.id)) show(file)
    } catch (error) {
      show({ ...file, state: 'failed', reason: reasonOf(error) })
    }
  }

  /** Where a file of an earlier run goes on. */
  function resume(file: IngestFile): IngestFile {
    if (!isUnderWay(file)) return file
    if (file.attempts < MAX_ATTEMPTS) return { ...file, state: 'queued' }
    const reason = 'Loremesh ended twice while it was read. Split it, or try again.'
    return { ...file, state: 'failed', reason }
  }

  return {
    files,
    async start() {
      const stored = await queue.list()
      await queue.remove(stored.filter(({ state }) => state === 'ready').map(({ id }) => id))
      const resumed = stored.filter(({ state }) => state !== 'ready').map(resume)
      for (const [at, file] of resumed.entries()) {
        if (file.state === 'queued') waiting.add(file.id)
        else if (isUnderWay(stored[at] ?? file)) await queue.update(file)
      }
      show(...resumed)
      wake()
    },
    async enqueue(added) {
      const ids: number[] = []
      for await (const batch of collectBatches(added, room, clock.nowMs())) {
        const stored = await addBatch(queue, batch)
        for (const { id, state } of stored) {
          ids.push(id)
          if (state === 'queued') waiting.add(id)
        }
        show(...stored)
        wake()
      }
      return ids
    },
    async finished(ids) {
      const wanted = (): readonly IngestFile[] => ids.flatMap((id) => records.get(id) ?? [])
      while (wanted().some(isUnderWay)) await new Promise<void>((resolve) => whenChanged.push(resolve))
      return wanted()
    },
    async retry(ids) {
      for (const id of ids) {
        const file = records.get(id)
        if (file?.state !== 'failed') continue
        const again = begin(file, 'queued', 0)
        await queue.update(again)
        waiting.add(id)
        show(again)
      }
      wake()
    },
    async remove(ids) {
      for (const id of ids) {
        records.delete(id)
        waiting.delete(id)
        if (current?.id === id) current.abort()
      }
      show()
      await queue.remove(ids)
    },
    async stop() {
      stopped = true
      waiting.clear()
      current?.abort()
      await running
    },
  }
}

/** A file as it is before an attempt, or at its beginning: what became of an earlier one is forgotten. */
function begin(
  { id, path, sizeBytes, addedAtMs }: IngestFile,
  state: 'queued' | 'reading',
  attempts: number,
): IngestFile {
  return { id, path, sizeBytes, addedAtMs, state, attempts }
}

/** Stores a batch; a file alone whose bytes can't be read is stored as one that failed. */
async function addBatch(queue: IngestQueue, batch: readonly NewIngestFile[]): Promise<readonly IngestFile[]> {
  try {
    return await queue.add(batch)
  } catch (error) {
    const [only, ...others] = batch
    if (only === undefined || others.length > 0 || toLoremeshError(error).code !== 'internal') throw error
    return queue.add([refuseUnreadable(only)])
  }
}

function reasonOf(error: unknown): string {
  const { message, hint } = toLoremeshError(error)
  return hint === '' ? message : `${message}. ${hint}`
}
