import { LoremeshError } from '../../domain/kernel/errors.ts'
import { STATIC_DIMENSIONS, STATIC_SPACE } from '../../domain/retrieval/static-space.ts'
import type { Embedder } from '../../ports/embedder.ts'
import type { EmbeddingReply, EmbeddingRequest, EmbeddingTask } from './worker-messages.ts'

/** What the embedder uses of a `Worker`. */
export type EmbeddingWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

interface OpenTask {
  readonly resolve: (vectors: Float32Array[]) => void
  readonly reject: (error: LoremeshError) => void
  readonly onProgress: (share: number) => void
}

/**
 * The static-384 embedder in a dedicated worker, which starts with the first call. Whatever goes wrong in it ends the
 * worker; each open task is tried once more in a new one before its caller gets the error.
 */
export function openStaticEmbedderInWorker(startWorker: () => EmbeddingWorker = startStaticWorker): Embedder {
  const openTasks = new Map<number, OpenTask>()
  let worker: EmbeddingWorker | undefined
  let nextId = 0
  let disposed = false

  function endWorker(error: LoremeshError): void {
    worker?.terminate()
    worker = undefined
    const tasks = [...openTasks.values()]
    openTasks.clear()
    for (const task of tasks) task.reject(error)
  }

  function settle(reply: EmbeddingReply): void {
    const task = openTasks.get(reply.id)
    switch (reply.type) {
      case 'progress':
        task?.onProgress(reply.share)
        break
      case 'done':
        openTasks.delete(reply.id)
        task?.resolve(reply.vectors)
        break
      case 'failed':
        endWorker(new LoremeshError(reply.code, reply.message, reply.hint))
    }
  }

  function runningWorker(): EmbeddingWorker {
    if (worker !== undefined) return worker
    const started = startWorker()
    const onFailure = (): void => {
      if (worker === started)
        endWorker(new LoremeshError('internal', 'The embedding worker stopped', 'Reload the page'))
    }
    started.addEventListener('message', (event) => settle((event as MessageEvent<EmbeddingReply>).data))
    started.addEventListener('error', onFailure)
    started.addEventListener('messageerror', onFailure)
    worker = started
    return started
  }

  function attempt(task: EmbeddingTask, onProgress: (share: number) => void): Promise<Float32Array[]> {
    return new Promise((resolve, reject) => {
      if (disposed) throw new LoremeshError('aborted', 'The embedder was closed')
      const request: EmbeddingRequest = { id: nextId++, task }
      runningWorker().postMessage(request)
      openTasks.set(request.id, { resolve, reject, onProgress })
    })
  }

  async function run(
    task: EmbeddingTask,
    onProgress: (share: number) => void = () => undefined,
  ): Promise<Float32Array[]> {
    try {
      return await attempt(task, onProgress)
    } catch {
      return attempt(task, onProgress)
    }
  }

  return {
    space: STATIC_SPACE,
    dimensions: STATIC_DIMENSIONS,
    async load(onProgress) {
      await run({ type: 'load' }, onProgress)
    },
    async embed(texts, role, signal) {
      signal?.throwIfAborted()
      const vectors = await run({ type: 'embed', texts, role })
      signal?.throwIfAborted()
      return vectors
    },
    dispose() {
      disposed = true
      endWorker(new LoremeshError('aborted', 'The embedder was closed'))
      return Promise.resolve()
    },
  }
}

function startStaticWorker(): Worker {
  return new Worker(new URL('./static-embedding.worker.ts', import.meta.url), { type: 'module' })
}
