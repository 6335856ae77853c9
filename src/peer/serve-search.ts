import type { ContextHash } from '../domain/content/context-hash.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { QueryVector } from '../domain/retrieval/embedding.ts'
import { snippetOf } from '../domain/retrieval/snippet.ts'
import { countTerms, questionTerms } from '../domain/retrieval/term-counts.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { SearchHit, SearchRequest } from '../ports/network.ts'
import type { SpaceEmbedder } from './embedded-space.ts'
import type { OwnLibrary } from './library.ts'
import type { SearchIndex } from './search-index.ts'

/** The provider's side of search. */
export interface SearchServer {
  search(request: SearchRequest): Promise<readonly SearchHit[]>
  /** The descriptor of a shared context; throws `not-found`. */
  describe(contextHash: ContextHash): Promise<SignedDescriptor>
}

/**
 * Creates the provider's side. Questions of others are searched by words and in the space of `embedder`, in which peers
 * announce, never by a model: that takes 16 ms of it a question, where static-384 takes 0.02 ms, so a few peers could keep
 * it busy.
 */
export function createSearchServer(components: {
  readonly identity: Pick<Identity, 'account'>
  readonly library: Pick<OwnLibrary, 'isShared'>
  readonly index: Pick<SearchIndex, 'search'>
  readonly contextStore: ContextStore
  readonly embedder: SpaceEmbedder
}): SearchServer {
  const { identity, library, index, contextStore, embedder } = components

  /** The vector that was sent, or else an own one; words alone decide where there is neither. */
  async function vectorsOf({ question, vector }: SearchRequest): Promise<readonly QueryVector[]> {
    const { space } = embedder
    if (vector?.space === space) {
      return [{ space, values: Float32Array.from(vector.values, (value) => value * vector.scale) }]
    }
    const [values] = await embedder.embed([question], 'query').catch(() => [])
    return values === undefined ? [] : [{ space, values }]
  }

  return {
    async describe(contextHash) {
      const [descriptor] = await contextStore.getDescriptors([contextHash], identity.account)
      if (descriptor === undefined || !library.isShared(contextHash)) {
        throw new LoremeshError('not-found', `${contextHash} is not shared here`)
      }
      return descriptor
    },

    async search(request) {
      const { question, tags, limit } = request
      const queryVectors = await vectorsOf(request)
      const found = await index.search({ question, queryVectors, tags, limit, sharedOnly: true })
      // What is made private is private at once, whatever the index still knows.
      const hits = found.filter(({ contextHash }) => library.isShared(contextHash))
      const contextHashes = hits.map(({ contextHash }) => contextHash)
      const [contexts, descriptors] = await Promise.all([
        contextStore.getContexts(contextHashes),
        contextStore.getDescriptors(contextHashes, identity.account),
      ])
      const texts = new Map(contexts.map((context) => [context.contextHash, context.text]))
      const terms = questionTerms(question)
      return descriptors.flatMap((descriptor) => {
        const text = texts.get(descriptor.descriptor.contextHash)
        if (text === undefined) return []
        return [{ descriptor, snippet: snippetOf(text, question), termCounts: countTerms(terms, text) }]
      })
    },
  }
}
