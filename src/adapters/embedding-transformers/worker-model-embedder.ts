import { isLoremeshError, LoremeshError } from '../../domain/kernel/errors.ts'
import type { ComputeDevice, ModelEmbedder } from '../../ports/embedding-models.ts'
import { createWorkerCaller, type CalledWorker } from '../../workers/worker-caller.ts'
import { modelSpace, type ModelRecord } from './model-record.ts'
import type { ModelFunctions } from './transformers.worker.ts'

/** Passages computed at a time, so that a question waits for a fraction of a second at most. */
const BATCH = 8

/**
 * An embedder of a model whose files are all here, in a worker that starts with the first call. Whatever goes wrong in
 * it ends the worker, for nothing in it works afterwards; the call is tried once more in a new one, and without the
 * graphics processor when that was chosen by itself. Questions go before passages.
 */
export function openModelEmbedder(
  record: ModelRecord,
  device: ComputeDevice | 'auto',
  startWorker: () => CalledWorker = startModelWorker,
): ModelEmbedder {
  const worker = createWorkerCaller<ModelFunctions>(startWorker, {
    brokenDown: () =>
      new LoremeshError('internal', `The worker of ${record.name} stopped`, 'Choose it again'),
    endsWithFailure: true,
  })
  /** Batches that wait for their turn. */
  const waiting = { query: [] as (() => Promise<void>)[], passage: [] as (() => Promise<void>)[] }
  let wanted = device
  let loaded: ComputeDevice | null = null
  let isBusy = false
  let disposed = false

  function assertOpen(): void {
    if (disposed) throw closed()
  }

  /** Runs a call once the worker has loaded the model. */
  async function attempt<T>(call: () => T): Promise<Awaited<T>> {
    assertOpen()
    try {
      loaded = await worker.call('load', record, wanted)
      return await call()
    } catch (error) {
      loaded = null
      throw error
    }
  }

  /** Runs a call, once more in a new worker when the first one fails, but not when somebody ended it. */
  async function watched<T>(call: () => T): Promise<Awaited<T>> {
    try {
      return await attempt(call)
    } catch (error) {
      if (isLoremeshError(error, 'aborted')) throw error
      if (device === 'auto') wanted = 'wasm'
      return attempt(call)
    }
  }

  /** Runs what waits, one after another. */
  async function runWaiting(): Promise<void> {
    if (isBusy) return
    isBusy = true
    const next = () => waiting.query.shift() ?? waiting.passage.shift()
    for (let run = next(); run !== undefined; run = next()) await run()
    isBusy = false
  }

  function inTurn<T>(role: 'query' | 'passage', run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting[role].push(() => run().then(resolve, reject))
      void runWaiting()
    })
  }

  return {
    space: modelSpace(record),
    dimensions: record.dimensions,
    device: () => loaded,
    async load(signal) {
      signal?.throwIfAborted()
      const stop = (): void => worker.end(new LoremeshError('aborted', 'Loading the model was stopped'))
      signal?.addEventListener('abort', stop)
      try {
        await watched(() => undefined)
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
    async embed(texts, role, signal) {
      const prefix = role === 'query' ? record.queryPrefix : record.passagePrefix
      const vectors: Float32Array[] = []
      for (let at = 0; at < texts.length; at += BATCH) {
        signal?.throwIfAborted()
        assertOpen()
        const batch = texts.slice(at, at + BATCH).map((text) => prefix + text)
        vectors.push(...(await inTurn(role, () => watched(() => worker.call('embed', batch)))))
      }
      signal?.throwIfAborted()
      return vectors
    },
    dispose() {
      disposed = true
      loaded = null
      worker.end(closed())
      return Promise.resolve()
    },
  }
}

function closed(): LoremeshError {
  return new LoremeshError('aborted', 'The embedder was closed')
}

function startModelWorker(): Worker {
  return new Worker(new URL('./transformers.worker.ts', import.meta.url), { type: 'module' })
}
