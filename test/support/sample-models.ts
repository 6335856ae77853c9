import { createWritable, type Writable } from '../../src/domain/kernel/readable.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { EmbeddingSpaces } from '../../src/peer/embedding-spaces.ts'
import { createModelStates, type ModelsState, type ModelState } from '../../src/peer/model-states.ts'

const resting = { space: null, embedded: 0, toEmbed: 0, device: null, failure: '' }

const sampleModels: readonly ModelState[] = [
  {
    ...resting,
    id: 'use-lite-en',
    name: 'Universal Sentence Encoder Lite',
    goodAt: 'Paraphrases and near-duplicates in English: finds what is said in other words.',
    origin: 'app',
    dimensions: 512,
    maxTokens: 128,
    sizeBytes: 7_314_886,
    storedBytes: 7_314_886,
    phase: 'embedding',
    embedded: 1_280,
    toEmbed: 4_096,
    device: 'wasm',
  },
  {
    ...resting,
    id: 'Snowflake/snowflake-arctic-embed-xs',
    name: 'Snowflake Arctic Embed XS',
    goodAt: 'Finding passages that answer a question, in English.',
    origin: 'hub',
    dimensions: 384,
    maxTokens: 512,
    sizeBytes: 23_700_000,
    storedBytes: 9_437_184,
    phase: 'downloading',
  },
  {
    ...resting,
    id: 'example/multilingual-e5-small',
    name: 'example/multilingual-e5-small',
    goodAt: 'A model that you chose yourself.',
    origin: 'hub',
    dimensions: 384,
    maxTokens: 512,
    sizeBytes: 118_000_000,
    storedBytes: 118_000_000,
    phase: 'ready',
    failure: 'The worker of example/multilingual-e5-small stopped. Choose it again.',
  },
]

/** Models of a test: one re-embeds, one comes, one failed. `calls` lists what was asked of them. */
export function createSampleModels(): EmbeddingSpaces & { readonly calls: readonly string[] } {
  const calls: string[] = []
  const [builtIn] = createModelStates().get().models
  const state: Writable<ModelsState> = createWritable<ModelsState>({
    models: [...(builtIn === undefined ? [] : [builtIn]), ...sampleModels],
    devices: ['wasm', 'webgpu'],
    isPaused: false,
    failure: '',
  })
  const call = (text: string) => {
    calls.push(text)
    return Promise.resolve()
  }
  return {
    calls,
    state,
    start: () => Promise.resolve(),
    use: (id, device) => call(`use ${id} with ${device}`),
    download(id) {
      calls.push(`download ${id}`)
      return Promise.reject(new LoremeshError('not-found', 'The hub has no such model', 'Check the id'))
    },
    stop: (id) => call(`stop ${id}`),
    remove: (id) => call(`remove ${id}`),
    pause() {
      calls.push('pause')
      state.set({ ...state.get(), isPaused: true })
    },
    resume() {
      calls.push('resume')
      state.set({ ...state.get(), isPaused: false })
    },
    close: () => Promise.resolve(),
  }
}
