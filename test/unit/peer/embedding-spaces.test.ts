import { describe, expect, it } from 'vitest'
import { openNodeStaticEmbedder } from '../../../src/adapters/embedding-static/node-static-embedding.ts'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createEmbeddingSpaces } from '../../../src/peer/embedding-spaces.ts'
import { BUILT_IN_MODEL } from '../../../src/peer/built-in-model.ts'
import { createSearchIndex } from '../../../src/peer/search-index.ts'
import type { ContextStore } from '../../../src/ports/context-store.ts'
import type { EmbeddingModel, EmbeddingModels, ModelEmbedder } from '../../../src/ports/embedding-models.ts'
import { sampleContext } from '../../contract/sample-records.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { valueOf } from '../../support/value-of.ts'

const SPACE = 'letters' as SpaceId
const PASSAGES = 100

/** Models of a test: one that is here, and what it is made to do. */
interface TestModels extends EmbeddingModels {
  /** Texts embedded so far, in order. */
  readonly embedded: string[]
  /** Embedders opened and not disposed. */
  opened: number
  failure: LoremeshError | undefined
  /** After so many texts a rest lasts until the model is closed. */
  restsAfter: number
}

function createTestModels(): TestModels {
  const model: EmbeddingModel = {
    id: 'letters',
    name: 'Letters',
    goodAt: 'Counting letters',
    origin: 'app',
    dimensions: 26,
    maxTokens: 100,
    sizeBytes: 10,
    storedBytes: 10,
    isHere: true,
  }
  const models: TestModels = {
    embedded: [],
    opened: 0,
    failure: undefined,
    restsAfter: Infinity,
    list: () => Promise.resolve([model, { ...model, id: 'far', name: 'Far', storedBytes: 0, isHere: false }]),
    devices: () => Promise.resolve(['wasm', 'webgpu']),
    download: (_id, onProgress, signal) =>
      new Promise((_resolve, reject) => {
        onProgress({ receivedBytes: 4, totalBytes: 10 })
        signal.addEventListener('abort', () => reject(new LoremeshError('aborted', 'Stopped')))
      }),
    remove: () => Promise.resolve(),
    open(id, device) {
      if (id !== 'letters')
        return Promise.reject(new LoremeshError('not-ready', 'It is not here', 'Download it'))
      models.opened++
      return Promise.resolve(createLetterEmbedder(models, device === 'auto' ? 'wasm' : device))
    },
  }
  return models
}

function createLetterEmbedder(models: TestModels, device: 'wasm' | 'webgpu'): ModelEmbedder {
  let disposed = false
  return {
    space: SPACE,
    dimensions: 26,
    device: () => device,
    load: () => Promise.resolve(),
    embed(texts) {
      if (models.failure !== undefined) return Promise.reject(models.failure)
      models.embedded.push(...texts)
      return Promise.resolve(texts.map(countLetters))
    },
    dispose() {
      if (!disposed) models.opened--
      disposed = true
      return Promise.resolve()
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

/** A peer's models over a store with passages. */
async function openSpaces(contextStore: ContextStore = createMemoryContextStore()) {
  const contexts = Array.from({ length: PASSAGES }, (_, i) => sampleContext(`Passage number ${i}.`))
  await contextStore.putContexts(contexts, [])
  const embedder = openNodeStaticEmbedder()
  const index = createSearchIndex({ contextStore, embedder, passageIndex: openNodePassageIndex() })
  await index.start()
  const models = createTestModels()
  const clock = {
    ...createManualClock(),
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (models.embedded.length < models.restsAfter) resolve()
        signal?.addEventListener('abort', () => reject(new LoremeshError('aborted', 'Stopped')))
      }),
  }
  const spaces = createEmbeddingSpaces({ index, contextStore, embedder, embeddingModels: models, clock })
  await spaces.start()
  const stateOf = (id: string) => valueOf(spaces.state).models.find((model) => model.id === id)
  const spaceOfQuestions = async () => (await index.embedQuestion('passage')).own?.space
  return { spaces, index, models, contextStore, embedder, stateOf, spaceOfQuestions }
}

describe('changing to a model', () => {
  it('lets it serve once everything has a vector of it, and the one before until then', async () => {
    const { spaces, models, embedder, contextStore, stateOf, spaceOfQuestions } = await openSpaces()
    spaces.pause()
    const changing = spaces.use('letters', 'webgpu')
    await expect.poll(() => stateOf('letters')?.phase).toBe('embedding')
    expect(stateOf('letters')).toMatchObject({ phase: 'embedding', embedded: 0, toEmbed: PASSAGES })
    expect(stateOf(BUILT_IN_MODEL)?.phase).toBe('active')
    expect(await spaceOfQuestions()).toBe(embedder.space)
    expect(models.embedded).toEqual([])

    spaces.resume()
    await changing
    expect(stateOf('letters')).toMatchObject({ phase: 'active', embedded: PASSAGES, device: 'webgpu' })
    expect(stateOf(BUILT_IN_MODEL)?.phase).toBe('ready')
    expect(await spaceOfQuestions()).toBe(SPACE)
    expect((await contextStore.listVectors(SPACE)).size).toBe(PASSAGES)
  })

  it('goes on after a restart where it stopped, whatever was embedded by then', async () => {
    const first = await openSpaces()
    first.models.restsAfter = 72
    const changing = first.spaces.use('letters', 'auto')
    await expect.poll(() => first.models.embedded.length).toBe(72)
    await first.spaces.close()
    await changing
    const stored = (await first.contextStore.listVectors(SPACE)).size
    expect(stored).toBe(64)

    const second = await openSpaces(first.contextStore)
    await second.spaces.use('letters', 'auto')
    expect(second.models.embedded).toHaveLength(PASSAGES - stored)
    expect(second.stateOf('letters')?.phase).toBe('active')
  })

  it('can be stopped, which closes the model', async () => {
    const { spaces, models, embedder, stateOf, spaceOfQuestions } = await openSpaces()
    spaces.pause()
    const changing = spaces.use('letters', 'auto')
    await expect.poll(() => stateOf('letters')?.phase).toBe('embedding')
    await spaces.stop('letters')
    spaces.resume()
    await changing
    expect(stateOf('letters')).toMatchObject({ phase: 'ready', failure: '' })
    expect(await spaceOfQuestions()).toBe(embedder.space)
    expect(models.opened).toBe(0)
  })

  it('back to the built-in one takes effect at once', async () => {
    const { spaces, models, embedder, stateOf, spaceOfQuestions } = await openSpaces()
    await spaces.use('letters', 'auto')
    await spaces.use(BUILT_IN_MODEL, 'auto')
    expect(await spaceOfQuestions()).toBe(embedder.space)
    expect(stateOf('letters')?.phase).toBe('ready')
    expect(models.opened).toBe(0)
  })

  it('to another device keeps the vectors that are there', async () => {
    const { spaces, models, stateOf, spaceOfQuestions } = await openSpaces()
    await spaces.use('letters', 'wasm')
    await spaces.use('letters', 'webgpu')
    expect(stateOf('letters')).toMatchObject({ phase: 'active', device: 'webgpu' })
    expect(await spaceOfQuestions()).toBe(SPACE)
    expect(models.embedded.filter((text) => text.startsWith('Passage'))).toHaveLength(PASSAGES)
    expect(models.opened).toBe(1)
  })
})

describe('a model that fails', () => {
  it('while it embeds leaves the one before, and says why', async () => {
    const { spaces, models, embedder, stateOf, spaceOfQuestions } = await openSpaces()
    models.failure = new LoremeshError('internal', 'The worker stopped', 'Choose it again')
    await spaces.use('letters', 'auto')
    expect(stateOf('letters')).toMatchObject({
      phase: 'ready',
      failure: 'The worker stopped. Choose it again.',
    })
    expect(await spaceOfQuestions()).toBe(embedder.space)
    expect(models.opened).toBe(0)
  })

  it('while it serves gives way to the built-in one, and says why', async () => {
    const { spaces, models, embedder, stateOf, spaceOfQuestions } = await openSpaces()
    await spaces.use('letters', 'auto')
    models.failure = new LoremeshError('internal', 'The worker stopped')
    expect(await spaceOfQuestions()).toBeUndefined()
    await expect.poll(spaceOfQuestions).toBe(embedder.space)
    await expect.poll(() => stateOf('letters')?.failure).toBe('The worker stopped.')
    expect(stateOf(BUILT_IN_MODEL)?.phase).toBe('active')
  })

  it('because it is not here is never downloaded for it', async () => {
    const { spaces, stateOf } = await openSpaces()
    await spaces.use('far', 'auto')
    expect(stateOf('far')).toMatchObject({ phase: 'absent', failure: 'It is not here. Download it.' })
  })
})

describe('a download', () => {
  it('shows its progress in bytes and can be stopped', async () => {
    const { spaces, stateOf } = await openSpaces()
    const downloading = spaces.download('far')
    expect(stateOf('far')).toMatchObject({ phase: 'downloading', storedBytes: 4, sizeBytes: 10 })
    await spaces.stop('far')
    await expect(downloading).rejects.toMatchObject({ code: 'aborted' })
    expect(stateOf('far')).toMatchObject({ phase: 'absent', failure: '' })
  })

  it('of a model that nobody has heard of is listed while it runs', async () => {
    const { spaces, stateOf } = await openSpaces()
    const downloading = spaces.download('someone/model')
    expect(stateOf('someone/model')?.phase).toBe('downloading')
    await spaces.stop('someone/model')
    await expect(downloading).rejects.toMatchObject({ code: 'aborted' })
    expect(stateOf('someone/model')).toBeUndefined()
  })
})

describe('vectors of a model', () => {
  it('are not what peers are told: these stay those of static-384', async () => {
    const { spaces, index, embedder, contextStore } = await openSpaces()
    await spaces.use('letters', 'auto')
    const [context] = await contextStore.listContexts()
    const hash = context?.contextHash
    const spacesOfHeld = async () => {
      const vectors = await index.vectorsOf(hash === undefined ? [] : [hash])
      return [...vectors.values()].map(({ space }) => space)
    }
    await expect.poll(spacesOfHeld).toEqual([embedder.space])
    expect((await index.embedQuestion('passage')).announced).toHaveLength(embedder.dimensions)
  })
})
