import type { ContextHash } from '../domain/content/context-hash.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { SpaceId } from '../domain/retrieval/embedding.ts'
import { snippetOf } from '../domain/retrieval/snippet.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { SearchHit, SearchRequest } from '../ports/network.ts'
import type { OwnLibrary } from './library.ts'
import type { SearchIndex } from './search-index.ts'

/** The provider's side of search. */
export interface SearchServer {
  search(request: SearchRequest): Promise<readonly SearchHit[]>
  /** The descriptor of a shared context; throws `not-found`. */
  describe(contextHash: ContextHash): Promise<SignedDescriptor>
}

/** Creates the provider's side. Vectors of questions are used when they are of `space`, in which peers announce. */
export function createSearchServer(
  components: {
    readonly identity: Pick<Identity, 'account'>
    readonly library: Pick<OwnLibrary, 'isShared'>
    readonly index: SearchIndex
    readonly contextStore: ContextStore
  },
  options: { readonly space: SpaceId },
): SearchServer {
  const { identity, library, index, contextStore } = components

  return {
    async describe(contextHash) {
      const descriptor = await contextStore.getDescriptor(contextHash, identity.account)
      if (descriptor === undefined || !library.isShared(contextHash)) {
        throw new LoremeshError('not-found', `${contextHash} is not shared here`)
      }
      return descriptor
    },

    async search(request) {
      const { question, tags, limit, vector } = request
      const queryVector =
        vector?.space !== options.space
          ? (await index.embedQuestion(question)).own
          : { space: vector.space, values: Float32Array.from(vector.values, (value) => value * vector.scale) }
      const found = await index.search({ question, queryVector, tags, limit, sharedOnly: true })
      // What is made private is private at once, whatever the index still knows.
      const hits = found.filter(({ contextHash }) => library.isShared(contextHash))
      const contexts = await contextStore.getContexts(hits.map((hit) => hit.contextHash))
      const texts = new Map(contexts.map((context) => [context.contextHash, context.text]))
      const answers = await Promise.all(
        hits.map(async ({ contextHash, score }) => {
          const descriptor = await contextStore.getDescriptor(contextHash, identity.account)
          const text = texts.get(contextHash)
          if (descriptor === undefined || text === undefined) return []
          return [{ descriptor, snippet: snippetOf(text, question), score }]
        }),
      )
      return answers.flat()
    },
  }
}
