import { toLoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'

/** What fails in the ledger while nobody waits for it. */
export interface LedgerFailures {
  /** A sentence about the newest failure; empty while all is well. */
  readonly notice: Readable<string>
  note(error: unknown): void
  /** Lets a task go on without anybody who waits for it. */
  inBackground(task: Promise<void>): void
  /** Notes nothing any more: when the peer closes, so do the stores under the ledger. */
  stop(): void
}

/** Creates the notes. */
export function createLedgerFailures(): LedgerFailures {
  const notice = createWritable('')
  let isStopped = false

  function note(error: unknown): void {
    if (isStopped) return
    notice.set(`The wallet failed: ${toLoremeshError(error).message}. Start Loremesh again.`)
  }

  return {
    notice,
    note,
    inBackground: (task) => void task.catch(note),
    stop() {
      isStopped = true
    },
  }
}
