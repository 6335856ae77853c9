import { LoremeshError } from '../../domain/kernel/errors.ts'
import { modelToSpaceId } from '../../domain/retrieval/model-space.ts'
import type { ComputeDevice, ModelEmbedder } from '../../ports/embedding-models.ts'
import type { ModelFile, ModelRecord } from './model-record.ts'
import type { ModelReply, ModelRequest, ModelTask } from './worker-messages.ts'

/** What the embedder uses of a `Worker`. */
export type ModelWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

/** Passages computed at a time, so that a question waits for a fraction of a second at most. */
const BATCH = 8

interface Running {
  readonly worker: ModelWorker
  readonly open: Map<number, (reply: ModelReply | LoremeshError) => void>
  readonly device: Promise<ComputeDevice>
}

/** A batch that waits for its turn. */
interface Waiting {
  readonly isQuery: boolean
  readonly start: () => Promise<void>
}

/**
 * An embedder of a model whose files are all here, in a worker that starts with the first call. Whatever goes wrong in
 * it ends the worker, for nothing in it works afterwards; the call is tried once more in a new one, and without the
 * graphics processor when that was chosen by itself. Questions go before passages.
 */
export function openModelEmbedder(
  record: ModelRecord,
  device: ComputeDevice | 'auto',
  startWorker: () => ModelWorker = startModelWorker,
): ModelEmbedder {
  const waiting: Waiting[] = []
  let running: Running | undefined
  let wanted = device
  let loaded: ComputeDevice | null = null
  let isBusy = false
  let nextId = 0
  let disposed = false

  function end(error: LoremeshError, ended = running): void {
    if (ended === undefined || running !== ended) return
    running = undefined
    loaded = null
    ended.worker.terminate()
    for (const settle of [...ended.open.values()]) settle(error)
  }

  function start(): Running {
    const worker = startWorker()
    const open = new Map<number, (reply: ModelReply | LoremeshError) => void>()
    const started: Running = {
      worker,
      open,
      device: send(worker, open, { type: 'load', record, device: wanted }).then((reply) => {
        if (reply.type !== 'loaded') throw new LoremeshError('internal', 'The model’s worker gave no answer')
        loaded = reply.device
        return reply.device
      }),
    }
    // Whoever waits for it hears of it.
    started.device.catch(() => undefined)
    const onFailure = (): void =>
      end(new LoremeshError('internal', `The worker of ${record.name} stopped`, 'Choose it again'), started)
    worker.addEventListener('message', (event) => {
      const { data } = event as MessageEvent<ModelReply>
      if (data.type === 'failed') end(new LoremeshError(data.code, data.message, data.hint), started)
      else open.get(data.id)?.(data)
    })
    worker.addEventListener('error', onFailure)
    worker.addEventListener('messageerror', onFailure)
    return started
  }

  function send(
    worker: ModelWorker,
    open: Running['open'],
    task: ModelTask,
  ): Promise<Exclude<ModelReply, { type: 'failed' }>> {
    return new Promise((resolve, reject) => {
      const request: ModelRequest = { id: nextId++, task }
      open.set(request.id, (reply) => {
        open.delete(request.id)
        if (reply instanceof Error) reject(reply)
        else if (reply.type !== 'failed') resolve(reply)
      })
      worker.postMessage(request)
    })
  }

  function assertOpen(): void {
    if (disposed) throw new LoremeshError('aborted', 'The embedder was closed')
  }

  async function load(): Promise<Running> {
    assertOpen()
    running ??= start()
    const loading = running
    await loading.device
    return loading
  }

  /** Runs a call, once more in a new worker when the first one fails. */
  async function watched<T>(call: (running: Running) => Promise<T>): Promise<T> {
    try {
      return await call(await load())
    } catch (error) {
      if (disposed) throw error
      if (device === 'auto') wanted = 'wasm'
      return call(await load())
    }
  }

  /** Runs what waits, one after another, questions first. */
  async function runWaiting(): Promise<void> {
    if (isBusy) return
    isBusy = true
    for (let at = 0; at >= 0;) {
      at = waiting.findIndex(({ isQuery }) => isQuery)
      const [next] = waiting.splice(Math.max(at, 0), 1)
      if (next === undefined) break
      at = 0
      await next.start()
    }
    isBusy = false
  }

  function inTurn<T>(isQuery: boolean, run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.push({ isQuery, start: () => run().then(resolve, reject) })
      void runWaiting()
    })
  }

  async function embedBatch(texts: readonly string[]): Promise<Float32Array[]> {
    const reply = await watched(({ worker, open }) => send(worker, open, { type: 'embed', texts }))
    return reply.type === 'embedded' ? reply.vectors : []
  }

  return {
    space: spaceOf(record),
    dimensions: record.dimensions,
    device: () => loaded,
    async load(onProgress, signal) {
      signal?.throwIfAborted()
      const stop = (): void => end(new LoremeshError('aborted', 'Loading the model was stopped'))
      signal?.addEventListener('abort', stop)
      try {
        await watched(() => {
          signal?.throwIfAborted()
          return Promise.resolve()
        })
        onProgress?.(1)
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
        vectors.push(...(await inTurn(role === 'query', () => embedBatch(batch))))
      }
      signal?.throwIfAborted()
      return vectors
    },
    dispose() {
      disposed = true
      end(new LoremeshError('aborted', 'The embedder was closed'))
      return Promise.resolve()
    },
  }
}

function spaceOf(record: ModelRecord) {
  const { id, revision, family, pooling, queryPrefix, passagePrefix, maxTokens, dimensions } = record
  return modelToSpaceId(id, {
    family,
    source: `${id}@${revision}`,
    weightsSha256: hashOf(record, record.weights),
    tokenizerSha256: hashOf(record, record.tokenizer),
    pooling,
    queryPrefix,
    passagePrefix,
    maxTokens,
    dimensions,
  })
}

function hashOf({ files, name }: ModelRecord, wanted: string): string {
  const file: ModelFile | undefined = files.find(({ path }) => path === wanted)
  if (typeof file?.sha256 !== 'string') throw new LoremeshError('not-ready', `${name} is not here yet`)
  return file.sha256
}

function startModelWorker(): Worker {
  return new Worker(new URL('./transformers.worker.ts', import.meta.url), { type: 'module' })
}
