import { formatPlural } from '../../format.ts'
import type { FileProgress } from '../../../peer/peer.ts'

/** Where the adding of files stands. */
export interface FilesSummary {
  readonly text: string
  /** Files that are ready or failed. */
  readonly finished: number
  readonly failed: number
  readonly isDone: boolean
}

/** A sentence and counts about all files of the session. */
export function summariseFiles(files: readonly FileProgress[]): FilesSummary {
  const ready = files.filter(({ state }) => state === 'ready').length
  const failed = files.filter(({ state }) => state === 'failed').length
  const finished = ready + failed
  const isDone = finished === files.length
  const failures = failed === 0 ? '' : `, ${failed} failed`
  const text = isDone
    ? `${formatPlural(ready, 'file')} added${failures}`
    : `Adding files: ${ready} of ${files.length} ready${failures}`
  return { text, finished, failed, isDone }
}
