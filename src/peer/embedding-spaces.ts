import { LoremeshError, toLoremeshError } from '../domain/kernel/errors.ts'
import type { Readable } from '../domain/kernel/readable.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { ComputeDevice, EmbeddingModels, ModelEmbedder } from '../ports/embedding-models.ts'
import { createModelStates, type ModelsState } from './model-states.ts'
import { createPoliteEmbedder } from './polite-embedder.ts'
import type { SearchIndex } from './search-index.ts'

export type DeviceChoice = ComputeDevice | 'auto'

/**
 * Chooses a model by which the own library is searched beside words and static-384, which always serve and are all that
 * peers announce and ask by. Of what fails, `state` tells why; only `download` throws.
 */
export interface EmbeddingSpaces {
  readonly state: Readable<ModelsState>
  /** Learns which models there are; what is called before waits for it. */
  start(): Promise<void>
  /**
   * Searches by this model, too, as soon as everything has a vector of it, which is when this resolves, in the place of
   * another one. A model that fails, now or later, is not used any more. Never downloads anything.
   */
  use(id: string, device: DeviceChoice): Promise<void>
  /** Gets a model, or the rest of it. Throws why it can't, which a listed one's state tells, too; `aborted` when stopped. */
  download(id: string): Promise<void>
  /** Stops the download of a model, or its use. */
  stop(id: string): Promise<void>
  /** Forgets the files of a model that is not used, and its vectors. */
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

/** A model that is to be used, from the choice to its end. */
interface Choice {
  readonly id: string
  readonly closing: ReturnType<Clock['abortable']>
  embedder: ModelEmbedder | undefined
  /** True once the index embeds by it. */
  isInIndex: boolean
  /** Resolves when it has ended; undefined until that begins. */
  ended: Promise<void> | undefined
}

/** Creates the choice among the models of `embeddingModels`. */
export function createEmbeddingSpaces(components: {
  readonly index: Pick<SearchIndex, 'useModel' | 'size' | 'toEmbed'>
  readonly contextStore: Pick<ContextStore, 'removeVectors'>
  readonly embeddingModels: EmbeddingModels
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep' | 'abortable'>
}): EmbeddingSpaces {
  const { index, contextStore, embeddingModels, clock } = components
  const states = createModelStates()
  const downloads = new Map<string, { abort(): void }>()
  /** The model that was chosen last; none while words and static-384 serve alone. */
  let chosen: Choice | undefined
  let held = 0
  let toEmbed = 0
  let starting: Promise<void> | undefined
  let whenResumed: Promise<void> = Promise.resolve()
  let release: () => void = () => undefined
  index.size.subscribe((size) => {
    held = size
    showProgress()
  })
  index.toEmbed.subscribe((missing) => {
    toEmbed = missing
    showProgress()
  })

  function showProgress(): void {
    if (chosen?.isInIndex !== true) return
    const phase = toEmbed === 0 ? 'active' : 'embedding'
    states.patch(chosen.id, { phase, embedded: held - toEmbed, toEmbed: held })
  }

  async function refresh(): Promise<void> {
    try {
      states.take(await embeddingModels.list())
      states.setFailure('')
    } catch (error) {
      states.setFailure(failureText(error))
    }
  }

  async function learn(): Promise<void> {
    await refresh()
    try {
      states.setDevices(await embeddingModels.devices())
    } catch (error) {
      states.setFailure(failureText(error))
    }
  }

  function start(): Promise<void> {
    starting ??= learn()
    return starting
  }

  /** Tells why something failed, unless it was stopped; to be called after `refresh`. */
  function tell(id: string, error: unknown): void {
    const failure = failureText(error)
    if (failure === '') return
    if (states.get().models.some((model) => model.id === id)) states.patch(id, { failure })
    else states.setFailure(failure)
  }

  /** Ends the use of a model, wherever it stands, because of `error` if there is one. */
  function end(choice: Choice, error?: unknown): Promise<void> {
    choice.ended ??= close(choice, error)
    return choice.ended
  }

  async function close(choice: Choice, error: unknown): Promise<void> {
    choice.closing.abort()
    if (chosen === choice) chosen = undefined
    states.patch(choice.id, { phase: 'ready', device: null })
    let failure = error
    try {
      try {
        if (choice.isInIndex) await index.useModel(undefined)
      } finally {
        await choice.embedder?.dispose()
      }
    } catch (another) {
      failure ??= another
    }
    await refresh()
    if (failure !== undefined) tell(choice.id, failure)
  }

  /** Loads a model and lets the index embed by it. */
  async function begin(choice: Choice, device: DeviceChoice): Promise<void> {
    const { id } = choice
    const { signal } = choice.closing
    signal.throwIfAborted()
    states.patch(id, { phase: 'loading', failure: '' })
    const embedder = await embeddingModels.open(id, device)
    try {
      choice.embedder = embedder
      await embedder.load(signal)
      signal.throwIfAborted()
    } catch (error) {
      await embedder.dispose()
      throw error
    }
    states.patch(id, { device: embedder.device() })
    choice.isInIndex = true
    await index.useModel(
      createPoliteEmbedder(embedder, clock, {
        closing: signal,
        onFailed: (error) => void end(choice, error),
        whenResumed: () => whenResumed,
      }),
    )
  }

  return {
    state: states,
    start,
    async use(id, device) {
      await start()
      const choice: Choice = {
        id,
        closing: clock.abortable(),
        embedder: undefined,
        isInIndex: false,
        ended: undefined,
      }
      const before = chosen
      chosen = choice
      if (before !== undefined) await end(before)
      try {
        await begin(choice, device)
      } catch (error) {
        await end(choice, error)
      }
    },
    async download(id) {
      if (downloads.has(id)) return
      const download = clock.abortable()
      downloads.set(id, download)
      states.begin(id)
      let failure: LoremeshError | undefined
      try {
        await embeddingModels.download(
          id,
          ({ receivedBytes, totalBytes }) =>
            states.patch(id, { storedBytes: receivedBytes, sizeBytes: totalBytes }),
          download.signal,
        )
      } catch (error) {
        failure = toLoremeshError(error)
      }
      downloads.delete(id)
      states.patch(id, { phase: 'absent' })
      await refresh()
      if (failure === undefined) return
      states.patch(id, { failure: failureText(failure) })
      throw failure
    },
    async stop(id) {
      downloads.get(id)?.abort()
      if (chosen?.id === id) await end(chosen)
    },
    async remove(id) {
      if (chosen?.id === id) return
      downloads.get(id)?.abort()
      const space = states.get().models.find((model) => model.id === id)?.space ?? null
      try {
        await embeddingModels.remove(id)
        if (space !== null) await contextStore.removeVectors(space)
        states.patch(id, { failure: '' })
        await refresh()
      } catch (error) {
        await refresh()
        tell(id, error)
      }
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
      if (chosen !== undefined) await end(chosen)
    },
  }
}

/** Why something failed and what to do, in sentences; empty when it was stopped. */
function failureText(error: unknown): string {
  const { code, message, hint } = toLoremeshError(error)
  if (code === 'aborted') return ''
  return hint === '' ? `${message}.` : `${message}. ${hint}.`
}
