import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { ComputeDevice, EmbeddingModels } from '../ports/embedding-models.ts'
import { BUILT_IN_MODEL } from './built-in-model.ts'
import { createModelStates, type ModelsState } from './model-states.ts'
import { createPoliteEmbedder, type PoliteEmbedder } from './polite-embedder.ts'
import type { SearchIndex } from './search-index.ts'

export type DeviceChoice = ComputeDevice | 'auto'

/** Chooses by which model the own library is searched. What peers announce and ask is static-384 always. */
export interface EmbeddingSpaces {
  readonly state: Readable<ModelsState>
  /** Learns which models there are; what is called before waits for it. */
  start(): Promise<void>
  /**
   * Searches by this model as soon as everything has a vector of it, which is when this resolves; the one before
   * serves until then, and goes on when this one fails, which the state tells. Never downloads anything.
   */
  use(id: string, device: DeviceChoice): Promise<void>
  /** Gets a model, or the rest of it. Throws why it can't, which the state tells, too, and `aborted` when stopped. */
  download(id: string): Promise<void>
  /** Stops the download, or the change to this model. */
  stop(id: string): Promise<void>
  /** Forgets the files of a model, unless it serves. */
  remove(id: string): Promise<void>
  /** Lets embedding of passages wait until `resume`. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

/** Nothing besides static-384. */
export const noEmbeddingModels: EmbeddingModels = {
  list: () => Promise.resolve([]),
  devices: () => Promise.resolve(['wasm']),
  download: (id) => Promise.reject(noSuchModel(id)),
  remove: () => Promise.resolve(),
  open: (id) => Promise.reject(noSuchModel(id)),
}

function noSuchModel(id: string): LoremeshError {
  return new LoremeshError('unsupported', `The model ${id} can't be used here`)
}

/** Creates the choice among static-384, which is `embedder`, and the models of `embeddingModels`. */
export function createEmbeddingSpaces(components: {
  readonly index: Pick<SearchIndex, 'useSpace' | 'size'>
  readonly contextStore: Pick<ContextStore, 'listVectors'>
  readonly embedder: Pick<Embedder, 'space' | 'embed'>
  readonly embeddingModels: EmbeddingModels
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep' | 'abortable'>
}): EmbeddingSpaces {
  const { index, contextStore, embedder: builtIn, embeddingModels, clock } = components
  const states = createModelStates()
  const downloads = new Map<string, { abort(): void }>()
  /** The model that serves; none while static-384 does. */
  let serving: PoliteEmbedder | undefined
  /** The model that is to serve next. */
  let coming: PoliteEmbedder | undefined
  let held = 0
  let starting: Promise<void> | undefined
  let whenResumed: Promise<void> = Promise.resolve()
  let release: () => void = () => undefined
  index.size.subscribe((size) => (held = size))

  async function refresh(): Promise<void> {
    states.take(await embeddingModels.list(), serving === undefined)
  }

  function fail(id: string, error: unknown): void {
    const { code, message, hint } = toLoremeshError(error)
    if (code !== 'aborted')
      states.patch(id, { failure: hint === '' ? `${message}.` : `${message}. ${hint}.` })
  }

  /** Closes a model that neither serves nor is to serve. */
  async function retire(model: PoliteEmbedder | undefined): Promise<void> {
    if (model === undefined || model === serving || model === coming) return
    await model.close()
    if (model.id !== serving?.id) states.patch(model.id, { phase: 'ready', device: null })
  }

  /** Static-384 takes over from a model that failed while it served. */
  async function fallBack(failed: PoliteEmbedder, error: unknown): Promise<void> {
    if (serving !== failed) return
    await serveBuiltIn()
    fail(failed.id, error)
  }

  async function serveBuiltIn(): Promise<void> {
    const before = serving
    serving = undefined
    await index.useSpace(builtIn)
    await retire(before)
    await refresh()
  }

  async function openModel(id: string, device: DeviceChoice): Promise<PoliteEmbedder> {
    const polite: PoliteEmbedder = createPoliteEmbedder(id, await embeddingModels.open(id, device), clock, {
      onEmbedded: (passages) => coming === polite && states.count(id, passages),
      onFailed: (error) => void fallBack(polite, error).catch(() => undefined),
      whenResumed: () => whenResumed,
    })
    return polite
  }

  /** Loads a model, lets it embed everything and then serve. */
  async function changeTo(next: PoliteEmbedder): Promise<void> {
    states.patch(next.id, { phase: 'loading', failure: '' })
    await next.load()
    const { size: embedded } = await contextStore.listVectors(next.space)
    states.patch(next.id, { phase: 'embedding', device: next.device(), embedded, toEmbed: held })
    await index.useSpace(next)
    if (coming !== next) return
    const before = serving
    serving = next
    coming = undefined
    states.patch(next.id, { phase: 'active' })
    await retire(before)
  }

  async function stopComing(): Promise<void> {
    const stopped = coming
    coming = undefined
    await retire(stopped)
  }

  function start(): Promise<void> {
    starting ??= embeddingModels.devices().then((devices) => {
      states.setDevices(devices)
      return refresh()
    })
    return starting
  }

  return {
    state: states,
    start,
    async use(id, device) {
      await start()
      await stopComing()
      if (id === BUILT_IN_MODEL) return serveBuiltIn()
      let next: PoliteEmbedder | undefined
      try {
        if (serving?.id === id) {
          await serving.change(() => embeddingModels.open(id, device))
          states.patch(id, { device: serving.device() })
          return
        }
        next = await openModel(id, device)
        coming = next
        await changeTo(next)
      } catch (error) {
        if (coming === next) coming = undefined
        await retire(next)
        fail(id, error)
      }
      await refresh()
    },
    async download(id) {
      if (downloads.has(id)) return
      const download = clock.abortable()
      downloads.set(id, download)
      states.begin(id)
      try {
        await embeddingModels.download(
          id,
          ({ receivedBytes, totalBytes }) =>
            states.patch(id, { storedBytes: receivedBytes, sizeBytes: totalBytes }),
          download.signal,
        )
      } catch (error) {
        fail(id, error)
        throw error
      } finally {
        downloads.delete(id)
        states.patch(id, { phase: 'absent' })
        await refresh()
      }
    },
    async stop(id) {
      downloads.get(id)?.abort()
      if (coming?.id !== id) return
      await stopComing()
      await refresh()
    },
    async remove(id) {
      if (serving?.id === id || coming?.id === id) return
      downloads.get(id)?.abort()
      await embeddingModels.remove(id)
      states.patch(id, { failure: '' })
      await refresh()
    },
    pause() {
      if (states.get().isPaused) return
      whenResumed = new Promise((resolve) => (release = resolve))
      states.setPaused(true)
    },
    resume() {
      release()
      whenResumed = Promise.resolve()
      states.setPaused(false)
    },
    async close() {
      for (const download of downloads.values()) download.abort()
      release()
      await Promise.all([coming?.close(), serving?.close()])
    },
  }
}
