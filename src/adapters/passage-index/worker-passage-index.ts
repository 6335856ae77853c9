import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { IndexedText } from '../../domain/retrieval/word-index.ts'
import type { PassageIndex } from '../../ports/passage-index.ts'
import { createWorkerCaller, type CalledWorker } from '../../workers/worker-caller.ts'
import type { IndexFunctions } from './passage-index.worker.ts'

/** Passages or vectors in one message, so that no message takes the calling thread long. */
const ITEMS_PER_MESSAGE = 128

/** Workers that may break down one after another before the index is given up. */
const MAX_LOSSES = 5

/**
 * An index in a dedicated worker, which starts with the first call: neither indexing nor searching holds up the calling
 * thread. A worker that breaks down is replaced by an empty one; after the last of `MAX_LOSSES` every call throws `internal`.
 */
export function openPassageIndexInWorker(startWorker: () => CalledWorker = startIndexWorker): PassageIndex {
  const refills: (() => void)[] = []
  let writing: Promise<unknown> = Promise.resolve()
  let losses = 0
  let ended: LoremeshError | undefined
  const worker = createWorkerCaller<IndexFunctions>(startWorker, {
    brokenDown: () => ended ?? lostError(),
    onBrokenDown() {
      losses++
      if (losses > MAX_LOSSES) {
        ended = new LoremeshError('internal', 'The search worker stopped again and again', 'Reload the page')
        return
      }
      writing = Promise.resolve()
      for (const refill of refills) refill()
    },
  })

  async function call<Name extends keyof IndexFunctions>(
    name: Name,
    ...parameters: Parameters<IndexFunctions[Name]>
  ): Promise<Awaited<ReturnType<IndexFunctions[Name]>>> {
    if (ended !== undefined) throw ended
    return worker.call(name, ...parameters)
  }

  /** Queues a write behind earlier ones, which may be several messages; what waits for a worker is lost with it. */
  function write(run: () => Promise<void>): Promise<void> {
    const before = losses
    const written = writing.then(() => {
      if (losses !== before) throw lostError()
      return run()
    })
    writing = written.catch(() => undefined)
    return written
  }

  /** Queues the writing of items in several messages; the next one follows when the one before is done. */
  function writeParts<T>(items: readonly T[], send: (part: readonly T[]) => Promise<void>): Promise<void> {
    return write(async () => {
      for (let start = 0; start < items.length; start += ITEMS_PER_MESSAGE) {
        await send(items.slice(start, start + ITEMS_PER_MESSAGE))
      }
    })
  }

  return {
    add: (passages) => writeParts(passages, (part) => call('add', part.map(toIndexedText))),
    setVectors: (space, vectors) =>
      writeParts([...vectors], (part) => call('setVectors', space, new Map(part))),
    vectorsOf: (space, contextHashes) => call('vectorsOf', space, contextHashes),
    forgetSpace: (space) => write(() => call('forgetSpace', space)),
    remove: (contextHashes) => write(() => call('remove', contextHashes)),
    markShared: (contextHashes, isShared) => write(() => call('markShared', contextHashes, isShared)),
    search: (query) => call('search', query),
    onLost: (refill) => void refills.push(refill),
    close() {
      ended = new LoremeshError('aborted', 'The index was closed')
      worker.end(ended)
    },
  }
}

/** What the worker needs of a passage, which may know much more. */
function toIndexedText({ contextHash, title, headingPath, text, tags }: IndexedText): IndexedText {
  return { contextHash, title, headingPath, text, tags }
}

function lostError(): LoremeshError {
  return new LoremeshError('not-ready', 'The search worker stopped, and another one starts', 'Try again')
}

/** Starts the worker of an index. */
export function startIndexWorker(): Worker {
  return new Worker(new URL('./passage-index.worker.ts', import.meta.url), { type: 'module' })
}
