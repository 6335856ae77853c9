import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { IndexedText } from '../../domain/retrieval/word-index.ts'
import type { PassageIndex } from '../../ports/passage-index.ts'
import type { IndexMethod, IndexReply, IndexRequest } from './worker-messages.ts'

/** Passages or vectors in one message, so that no message takes the calling thread long. */
const ITEMS_PER_MESSAGE = 128

/** Workers that may break down one after another before the index is given up. */
const MAX_LOSSES = 5

/** What the index uses of a `Worker`. */
export type IndexWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

interface OpenCall {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: LoremeshError) => void
}

/**
 * An index in a dedicated worker, which starts at once: neither indexing nor searching holds up the calling thread. A worker
 * that breaks down is replaced by an empty one; after the last of `MAX_LOSSES` every call throws `internal`. `startWorker`
 * calls back when the worker ends by itself.
 */
export function openPassageIndexInWorker(
  startWorker: (onEnded: () => void) => IndexWorker = startIndexWorker,
): PassageIndex {
  const openCalls = new Map<number, OpenCall>()
  const refills: (() => void)[] = []
  let writing: Promise<unknown> = Promise.resolve()
  let nextId = 0
  let losses = 0
  let ended: LoremeshError | undefined
  let worker = start()

  function start(): IndexWorker {
    const started = startWorker(() => {
      if (worker === started && ended === undefined) breakDown()
    })
    started.addEventListener('message', (event) => {
      if (worker === started) settle((event as MessageEvent<IndexReply>).data)
    })
    return started
  }

  function settle(reply: IndexReply): void {
    if (reply.type === 'running') return
    const call = openCalls.get(reply.id)
    openCalls.delete(reply.id)
    if (reply.type === 'done') call?.resolve(reply.result)
    else call?.reject(new LoremeshError(reply.code, reply.message, reply.hint))
  }

  /** Throws at the callers of everything that runs. */
  function rejectOpen(error: LoremeshError): void {
    const open = [...openCalls.values()]
    openCalls.clear()
    for (const { reject } of open) reject(error)
  }

  function end(error: LoremeshError): void {
    ended ??= error
    worker.terminate()
    rejectOpen(error)
  }

  function breakDown(): void {
    losses++
    if (losses > MAX_LOSSES) {
      end(new LoremeshError('internal', 'The search worker stopped again and again', 'Reload the page'))
      return
    }
    worker.terminate()
    worker = start()
    writing = Promise.resolve()
    for (const refill of refills) refill()
    rejectOpen(lostError())
  }

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

  /** Queues a write behind earlier ones, which may be several messages; what waits for a worker is lost with it. */
  function write(run: () => Promise<void>): Promise<void> {
    const asked = worker
    const written = writing.then(() => {
      if (worker !== asked) throw lostError()
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
    close: () => end(new LoremeshError('aborted', 'The index was closed')),
  }
}

/** What the worker needs of a passage, which may know much more. */
function toIndexedText({ contextHash, title, headingPath, text, tags }: IndexedText): IndexedText {
  return { contextHash, title, headingPath, text, tags }
}

function lostError(): LoremeshError {
  return new LoremeshError('not-ready', 'The search worker stopped, and another one starts', 'Try again')
}

/** Starts the worker; a crash that no event tells of frees its lock. */
export function startIndexWorker(onEnded: () => void): Worker {
  const worker = new Worker(new URL('./passage-index.worker.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('error', onEnded)
  worker.addEventListener('messageerror', onEnded)
  worker.addEventListener('message', ({ data }: MessageEvent<IndexReply>) => {
    if (data.type === 'running') void navigator.locks.request(data.lock, onEnded)
  })
  return worker
}
