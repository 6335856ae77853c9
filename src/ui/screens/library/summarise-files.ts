import { isUnderWay, type IngestFile } from '../../../domain/content/ingest-file.ts'
import { formatCount, formatPlural } from '../../format.ts'

/** Rows that are shown; a folder may have thousands of files. */
const SHOWN_FILES = 100

/** Where the adding of files stands. */
export interface FilesSummary {
  readonly text: string
  /** Files that are ready or failed. */
  readonly finished: number
  readonly failed: number
  readonly isDone: boolean
}

/** A sentence and counts about all files on the list. */
export function summariseFiles(files: readonly IngestFile[]): FilesSummary {
  const ready = files.filter(({ state }) => state === 'ready').length
  const failed = files.filter(({ state }) => state === 'failed').length
  const finished = ready + failed
  const isDone = finished === files.length
  const failures = failed === 0 ? '' : `, ${formatCount(failed)} failed`
  const text = isDone
    ? `${formatPlural(ready, 'file')} added${failures}`
    : `Adding files: ${formatCount(ready)} of ${formatCount(files.length)} ready${failures}`
  return { text, finished, failed, isDone }
}

/** The first files to look at: what is read now, then what failed, what waits, and what is ready, newest first. */
export function filesToShow(files: readonly IngestFile[]): readonly IngestFile[] {
  const byState: Record<IngestFile['state'], IngestFile[]> = {
    reading: [],
    indexing: [],
    failed: [],
    queued: [],
    ready: [],
  }
  for (const file of files) byState[file.state].push(file)
  const { reading, indexing, failed, queued, ready } = byState
  return [...reading, ...indexing, ...failed, ...queued, ...ready.reverse()].slice(0, SHOWN_FILES)
}

/** Files that can be tried again: those that were refused at once have no bytes here. */
export function canRetry({ state, attempts }: IngestFile): boolean {
  return state === 'failed' && attempts > 0
}

/** Numbers of the files that are under way, and of those that are not any more. */
export function idsByProgress(files: readonly IngestFile[]): {
  readonly underWay: readonly number[]
  readonly finished: readonly number[]
} {
  const ids = (wanted: boolean): number[] =>
    files.filter((file) => isUnderWay(file) === wanted).map(({ id }) => id)
  return { underWay: ids(true), finished: ids(false) }
}
