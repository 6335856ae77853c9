import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { SpaceId } from '../../src/domain/retrieval/embedding.ts'
import type { EmbeddingModel, EmbeddingModels, ModelEmbedder } from '../../src/ports/embedding-models.ts'

/** Of the vectors of `letters`. */
export const LETTER_SPACE = 'letters' as SpaceId

/** Models of a test: `letters`, which is here, and what it is made to do; `far` is not here. */
interface LetterModels extends EmbeddingModels {
  /** Texts embedded so far, in order. */
  readonly embedded: string[]
  /** Embedders opened and not disposed. */
  opened: number
  failure: LoremeshError | undefined
  /** Makes these methods fail. */
  readonly broken: Set<'list' | 'devices' | 'open' | 'remove' | 'load' | 'dispose'>
  /** After so many texts a rest lasts until the model is closed. */
  restsAfter: number
}

export function createLetterModels(): LetterModels {
  const model: EmbeddingModel = {
    id: 'letters',
    name: 'Letters',
    goodAt: 'Counting letters',
    origin: 'app',
    space: LETTER_SPACE,
    dimensions: 26,
    maxTokens: 100,
    sizeBytes: 10,
    storedBytes: 10,
    isHere: true,
  }
  const models: LetterModels = {
    embedded: [],
    opened: 0,
    failure: undefined,
    broken: new Set(),
    restsAfter: Infinity,
    list: () =>
      unlessBroken('list', [model, { ...model, id: 'far', name: 'Far', storedBytes: 0, isHere: false }]),
    devices: () => unlessBroken('devices', ['wasm', 'webgpu'] as const),
    download: (_id, onProgress, signal) =>
      new Promise((_resolve, reject) => {
        onProgress({ receivedBytes: 4, totalBytes: 10 })
        signal.addEventListener('abort', () => reject(new LoremeshError('aborted', 'Stopped')))
      }),
    remove: () => unlessBroken('remove', undefined),
    open(id, device) {
      if (models.broken.has('open')) return Promise.reject(new Error('open is broken'))
      if (id !== 'letters')
        return Promise.reject(new LoremeshError('not-ready', 'It is not here', 'Download it'))
      models.opened++
      return Promise.resolve(createLetterEmbedder(models, device === 'auto' ? 'wasm' : device))
    },
  }
  return models

  function unlessBroken<T>(method: 'list' | 'devices' | 'remove', result: T): Promise<T> {
    return models.broken.has(method)
      ? Promise.reject(new Error(`${method} is broken`))
      : Promise.resolve(result)
  }
}

function createLetterEmbedder(models: LetterModels, device: 'wasm' | 'webgpu'): ModelEmbedder {
  let disposed = false
  return {
    space: LETTER_SPACE,
    dimensions: 26,
    device: () => device,
    load: () => (models.broken.has('load') ? Promise.reject(new Error('load is broken')) : Promise.resolve()),
    embed(texts) {
      if (models.failure !== undefined) return Promise.reject(models.failure)
      models.embedded.push(...texts)
      return Promise.resolve(texts.map(countLetters))
    },
    dispose() {
      if (!disposed) models.opened--
      disposed = true
      return models.broken.has('dispose') ? Promise.reject(new Error('dispose is broken')) : Promise.resolve()
    },
  }
}

function countLetters(text: string): Float32Array {
  const vector = new Float32Array(26)
  for (const letter of text.toLowerCase()) {
    const at = letter.charCodeAt(0) - 97
    if (at >= 0 && at < 26) vector[at] = (vector[at] ?? 0) + 1
  }
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((value) => value / length)
}
