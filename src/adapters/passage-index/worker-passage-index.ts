import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { IndexedText } from '../../domain/retrieval/word-index.ts'
import type { PassageIndex } from '../../ports/passage-index.ts'
import type { IndexMethod, IndexReply, IndexRequest } from './worker-messages.ts'

/** Passages or vectors in one message, so that no message takes the calling thread long. */
const ITEMS_PER_MESSAGE = 128

/** What the index uses of a `Worker`. */
export type IndexWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

interface OpenCall {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: LoremeshError) => void
}

/**
 * An index in a dedicated worker, which starts at once: neither indexing nor searching holds up the calling thread. If
 * the worker breaks down, what it held is lost, and every call throws `internal` from then on.
 */
export function openPassageIndexInWorker(startWorker: () => IndexWorker = startIndexWorker): PassageIndex {
  const worker = startWorker()
  const openCalls = new Map<number, OpenCall>()
  let writing: Promise<unknown> = Promise.resolve()
  let nextId = 0
  let ended: LoremeshError | undefined

  function end(error: LoremeshError): void {
    ended ??= error
    worker.terminate()
    for (const { reject } of openCalls.values()) reject(error)
    openCalls.clear()
  }

  function settle(reply: IndexReply): void {
    const call = openCalls.get(reply.id)
    openCalls.delete(reply.id)
    if (reply.type === 'done') call?.resolve(reply.result)
    else call?.reject(new LoremeshError(reply.code, reply.message, reply.hint))
  }

  function breakDown(): void {
    end(new LoremeshError('internal', 'The search worker stopped', 'Reload the page'))
  }

  worker.addEventListener('message', (event) => settle((event as MessageEvent<IndexReply>).data))
  worker.addEventListener('error', breakDown)
  worker.addEventListener('messageerror', breakDown)

  function call<Method extends IndexMethod>(
    method: Method,
    ...parameters: Parameters<PassageIndex[Method]>
  ): ReturnType<PassageIndex[Method]> {
    const answered = new Promise((resolve, reject) => {
      if (ended !== undefined) throw ended
      const id = nextId++
      const request = { id, method, parameters } as IndexRequest
      worker.postMessage(request)
      openCalls.set(id, { resolve, reject })
    })
    return answered as ReturnType<PassageIndex[Method]>
  }

  /** Queues a write behind earlier ones, which may be several messages. */
  function write(run: () => Promise<void>): Promise<void> {
    const written = writing.then(run)
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
    close: () => end(new LoremeshError('aborted', 'The index was closed')),
  }
}

/** What the worker needs of a passage, which may know much more. */
function toIndexedText({ contextHash, title, headingPath, text, tags }: IndexedText): IndexedText {
  return { contextHash, title, headingPath, text, tags }
}

function startIndexWorker(): Worker {
  return new Worker(new URL('./passage-index.worker.ts', import.meta.url), { type: 'module' })
}
