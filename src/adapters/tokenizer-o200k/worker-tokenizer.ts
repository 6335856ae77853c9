import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Tokenizer } from '../../ports/tokenizer.ts'
import { createWorkerCaller, type CalledWorker } from '../../workers/worker-caller.ts'
import { ENCODING } from './encoding-name.ts'
import type { CountingFunctions } from './o200k.worker.ts'

/** The loaded ranks take about 70 MB, and loading them again a third of a second. */
const IDLE_MS = 30_000

/**
 * The o200k tokenizer in a dedicated worker, which starts, and loads its 2 MB of ranks, with the first count, and ends after
 * half a minute without one. If it breaks down, open counts throw `internal`. The next count starts another.
 */
export function openTokenizerInWorker(startWorker: () => CalledWorker = startO200kWorker): Tokenizer {
  const worker = createWorkerCaller<CountingFunctions>(startWorker, {
    brokenDown: () => new LoremeshError('internal', 'The tokenizer stopped', 'Reload the page'),
  })
  let open = 0
  let idle: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  function assertOpen(): void {
    if (isClosed) throw closed()
  }

  return {
    encoding: ENCODING,
    async count(texts) {
      assertOpen()
      clearTimeout(idle)
      open++
      try {
        return await worker.call('count', texts)
      } finally {
        open--
        if (open === 0 && !isClosed) idle = setTimeout(() => worker.end(closed()), IDLE_MS)
      }
    },
    close() {
      isClosed = true
      clearTimeout(idle)
      worker.end(closed())
    },
  }
}

function closed(): LoremeshError {
  return new LoremeshError('aborted', 'The tokenizer was closed')
}

function startO200kWorker(): Worker {
  return new Worker(new URL('./o200k.worker.ts', import.meta.url), { type: 'module' })
}
