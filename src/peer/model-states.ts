import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import { STATIC_DIMENSIONS, STATIC_SPACE } from '../domain/retrieval/static-space.ts'
import { STATIC_TABLES_BYTES } from '../domain/retrieval/static-tables.ts'
import type { ComputeDevice, EmbeddingModel } from '../ports/embedding-models.ts'
import { BUILT_IN_MODEL } from './built-in-model.ts'

/**
 * Where a model stands: `absent` and `partial` can be downloaded, `ready` can be used; `embedding` lacks vectors of some
 * contexts, `active` counts in searches.
 */
type ModelPhase = 'absent' | 'partial' | 'downloading' | 'ready' | 'loading' | 'embedding' | 'active'

/** A model that can turn the library into vectors, and how far it is. */
export interface ModelState extends Omit<EmbeddingModel, 'origin' | 'isHere'> {
  readonly origin: EmbeddingModel['origin'] | 'built-in'
  readonly phase: ModelPhase
  /** How many contexts have a vector, of how many. */
  readonly embedded: number
  readonly toEmbed: number
  /** What computes it; null while it is not loaded. */
  readonly device: ComputeDevice | null
  /** Why it could not be downloaded or used, and what to do; empty while all is well. */
  readonly failure: string
}

export interface ModelsState {
  /** The built-in one first. */
  readonly models: readonly ModelState[]
  /** What can compute here. */
  readonly devices: readonly ComputeDevice[]
  /** True while embedding waits to be resumed. */
  readonly isPaused: boolean
  /** Why it can't be told which models there are, or what can compute; empty while all is well. */
  readonly failure: string
}

/** The state of all models, changed one at a time. */
export interface ModelStates extends Readable<ModelsState> {
  get(): ModelsState
  /** Takes over what is there; a model at which something runs keeps its phase. */
  take(listed: readonly EmbeddingModel[]): void
  patch(id: string, part: Partial<ModelState>): void
  /** A download begins, perhaps of a model that nobody has heard of. */
  begin(id: string): void
  setDevices(devices: readonly ComputeDevice[]): void
  setPaused(isPaused: boolean): void
  setFailure(failure: string): void
}

const builtIn: ModelState = {
  id: BUILT_IN_MODEL,
  name: 'Built-in word vectors',
  goodAt: 'Always there, offline, thousands of passages a second. What peers announce is found by it, too.',
  origin: 'built-in',
  space: STATIC_SPACE,
  dimensions: STATIC_DIMENSIONS,
  maxTokens: 0,
  sizeBytes: STATIC_TABLES_BYTES,
  storedBytes: STATIC_TABLES_BYTES,
  phase: 'active',
  embedded: 0,
  toEmbed: 0,
  device: null,
  failure: '',
}

const resting: readonly ModelPhase[] = ['absent', 'partial', 'ready']
const nothingYet = { embedded: 0, toEmbed: 0, device: null, failure: '' }

/** Creates the state of a peer that knows the built-in model only. */
export function createModelStates(): ModelStates {
  const state = createWritable<ModelsState>({
    models: [builtIn],
    devices: ['wasm'],
    isPaused: false,
    failure: '',
  })

  function change(part: Partial<ModelsState>): void {
    state.set({ ...state.get(), ...part })
  }

  function find(id: string): ModelState | undefined {
    return state.get().models.find((model) => model.id === id)
  }

  function patch(id: string, part: Partial<ModelState>): void {
    change({ models: state.get().models.map((model) => (model.id === id ? { ...model, ...part } : model)) })
  }

  return {
    get: state.get,
    subscribe: state.subscribe,
    take(listed) {
      const models = listed.map(({ isHere, ...model }): ModelState => {
        const known = find(model.id)
        const { embedded, toEmbed, device, failure } = known ?? nothingYet
        const atRest = isHere ? 'ready' : model.storedBytes > 0 ? 'partial' : 'absent'
        const phase = known === undefined || resting.includes(known.phase) ? atRest : known.phase
        return { ...model, phase, embedded, toEmbed, device, failure }
      })
      const ids = new Set(models.map(({ id }) => id))
      const begun = state.get().models.filter(({ id, phase }) => phase === 'downloading' && !ids.has(id))
      change({ models: [builtIn, ...models, ...begun] })
    },
    patch,
    begin(id) {
      const part = { phase: 'downloading', failure: '' } as const
      if (find(id) !== undefined) {
        patch(id, part)
        return
      }
      const size = { space: null, dimensions: 0, maxTokens: 0, sizeBytes: 0, storedBytes: 0 }
      const unknown: ModelState = { ...nothingYet, ...size, ...part, id, name: id, goodAt: '', origin: 'hub' }
      change({ models: [...state.get().models, unknown] })
    },
    setDevices: (devices) => change({ devices }),
    setPaused: (isPaused) => change({ isPaused }),
    setFailure: (failure) => change({ failure }),
  }
}
