import type { ContextHash } from '../domain/content/context-hash.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { QuantizedVector } from '../domain/retrieval/embedding.ts'
import { createLocalIndex } from '../domain/retrieval/local-index.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import { describedContext, describedVector } from './described-context.ts'
import type { Query } from './query.ts'

/** Contexts of others that are kept in mind; beyond these nothing more is taken up. */
const MAX_DESCRIBED = 20_000

/** What peers have announced: contexts that somebody shares, searchable by title, headings, tags and meaning. */
export interface Catalogue {
  /** Takes up what earlier runs stored. */
  start(): Promise<void>
  /** Stores verified descriptors and makes them searchable; true when at least one of them was new. */
  add(descriptors: readonly SignedDescriptor[]): Promise<boolean>
  /** The best described contexts, best first. */
  search(query: Query, limit: number): readonly SignedDescriptor[]
}

/** Creates a catalogue over the descriptors of `contextStore`. Vectors of another space than `embedding` don't count. */
export function createCatalogue(
  components: { readonly contextStore: Pick<ContextStore, 'listDescriptors' | 'putDescriptors'> },
  embedding: Pick<Embedder, 'space' | 'dimensions'>,
): Catalogue {
  const { contextStore } = components
  const index = createLocalIndex()
  const described = new Map<ContextHash, SignedDescriptor>()

  /** Takes up what is new; gives just that. */
  function takeUp(descriptors: readonly SignedDescriptor[]): readonly SignedDescriptor[] {
    const fresh = descriptors
      .filter(({ descriptor }) => !described.has(descriptor.contextHash))
      .slice(0, MAX_DESCRIBED - described.size)
    const vectors = new Map<ContextHash, QuantizedVector>()
    for (const signed of fresh) {
      const { contextHash } = signed.descriptor
      described.set(contextHash, signed)
      const vector = describedVector(signed.descriptor, embedding)
      if (vector !== null) vectors.set(contextHash, vector)
    }
    index.add(
      fresh.map(({ descriptor }) =>
        describedContext(descriptor, descriptor.description, descriptor.createdAtMs),
      ),
      vectors,
    )
    return fresh
  }

  return {
    async start() {
      takeUp(await contextStore.listDescriptors(MAX_DESCRIBED))
    },
    async add(descriptors) {
      const fresh = takeUp(descriptors)
      if (fresh.length > 0) await contextStore.putDescriptors(fresh)
      return fresh.length > 0
    },
    search: ({ question, vector, tags }, limit) =>
      index
        .search({ question, queryVector: vector, tags, limit })
        .flatMap(({ contextHash }) => described.get(contextHash) ?? []),
  }
}
