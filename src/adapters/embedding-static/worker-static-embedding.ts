import { LoremeshError } from '../../domain/kernel/errors.ts'
import { STATIC_DIMENSIONS, STATIC_SPACE } from '../../domain/retrieval/static-space.ts'
import type { Embedder } from '../../ports/embedder.ts'
import { createWorkerCaller, type CalledWorker } from '../../workers/worker-caller.ts'
import type { StaticEmbeddingFunctions } from './static-embedding.worker.ts'

/**
 * The static-384 embedder in a dedicated worker, which starts with the first call. Whatever goes wrong in it ends the
 * worker; each open call is tried once more in a new one before its caller gets the error.
 */
export function openStaticEmbedderInWorker(startWorker: () => CalledWorker = startStaticWorker): Embedder {
  let disposed = false
  const worker = createWorkerCaller<StaticEmbeddingFunctions>(startWorker, {
    brokenDown: () => new LoremeshError('internal', 'The embedding worker stopped', 'Reload the page'),
    endsWithFailure: true,
  })

  async function attempt(texts: readonly string[], role: 'query' | 'passage'): Promise<Float32Array[]> {
    if (disposed) throw closed()
    return worker.call('embed', texts, role)
  }

  function embed(texts: readonly string[], role: 'query' | 'passage'): Promise<Float32Array[]> {
    return attempt(texts, role).catch(() => attempt(texts, role))
  }

  return {
    space: STATIC_SPACE,
    dimensions: STATIC_DIMENSIONS,
    async load() {
      await embed([], 'passage')
    },
    async embed(texts, role, signal) {
      signal?.throwIfAborted()
      const vectors = await embed(texts, role)
      signal?.throwIfAborted()
      return vectors
    },
    dispose() {
      disposed = true
      worker.end(closed())
      return Promise.resolve()
    },
  }
}

function closed(): LoremeshError {
  return new LoremeshError('aborted', 'The embedder was closed')
}

function startStaticWorker(): Worker {
  return new Worker(new URL('./static-embedding.worker.ts', import.meta.url), { type: 'module' })
}
