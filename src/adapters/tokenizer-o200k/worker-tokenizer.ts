import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Tokenizer } from '../../ports/tokenizer.ts'
import { ENCODING } from './encoding-name.ts'
import type { CountReply, CountRequest } from './worker-messages.ts'

/** The loaded ranks take about 70 MB, and loading them again a third of a second. */
const IDLE_MS = 30_000

/** What the tokenizer uses of a `Worker`. */
export type TokenizerWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

interface OpenCount {
  readonly resolve: (counts: readonly number[]) => void
  readonly reject: (error: LoremeshError) => void
}

/**
 * The o200k tokenizer in a dedicated worker, which starts, and loads its 2 MB of ranks, with the first count, and ends after
 * half a minute without one. If it breaks down, open counts throw `internal`. The next count starts another.
 */
export function openTokenizerInWorker(startWorker: () => TokenizerWorker = startO200kWorker): Tokenizer {
  const openCounts = new Map<number, OpenCount>()
  let worker: TokenizerWorker | undefined
  let idle: ReturnType<typeof setTimeout> | undefined
  let nextId = 0
  let isClosed = false

  function end(error: LoremeshError): void {
    clearTimeout(idle)
    worker?.terminate()
    worker = undefined
    const counts = [...openCounts.values()]
    openCounts.clear()
    for (const { reject } of counts) reject(error)
  }

  function settle(reply: CountReply): void {
    const count = openCounts.get(reply.id)
    openCounts.delete(reply.id)
    if (reply.type === 'done') count?.resolve(reply.counts)
    else count?.reject(new LoremeshError('internal', reply.message))
    if (openCounts.size > 0) return
    idle = setTimeout(() => end(new LoremeshError('internal', 'The tokenizer was idle')), IDLE_MS)
  }

  function runningWorker(): TokenizerWorker {
    if (worker !== undefined) return worker
    const started = startWorker()
    const onFailure = (): void => {
      if (worker === started) end(new LoremeshError('internal', 'The tokenizer stopped', 'Reload the page'))
    }
    started.addEventListener('message', (event) => settle((event as MessageEvent<CountReply>).data))
    started.addEventListener('error', onFailure)
    started.addEventListener('messageerror', onFailure)
    worker = started
    return started
  }

  return {
    encoding: ENCODING,
    count: (texts) =>
      new Promise((resolve, reject) => {
        if (isClosed) throw new LoremeshError('aborted', 'The tokenizer was closed')
        clearTimeout(idle)
        const request: CountRequest = { id: nextId++, texts }
        runningWorker().postMessage(request)
        openCounts.set(request.id, { resolve, reject })
      }),
    close() {
      isClosed = true
      end(new LoremeshError('aborted', 'The tokenizer was closed'))
    },
  }
}

function startO200kWorker(): Worker {
  return new Worker(new URL('./o200k.worker.ts', import.meta.url), { type: 'module' })
}
