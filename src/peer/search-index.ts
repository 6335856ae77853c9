import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import { quantizeVector, type QuantizedVector } from '../domain/retrieval/embedding.ts'
import { createLocalIndex, type LocalHit } from '../domain/retrieval/local-index.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'

/** Passages embedded at a time, so that a question asked meanwhile waits for a few milliseconds only. */
const EMBED_BATCH = 64

/** Everything the peer holds, searchable by words at once and by meaning as soon as its vectors are there. */
export interface SearchIndex {
  /** Number of contexts indexed. */
  readonly size: Readable<number>
  /**
   * Loads what the store holds; passages without a vector are embedded behind. The guide of an earlier version is left
   * out: the present one is added by itself.
   */
  start(): Promise<void>
  /** Indexes contexts that were just stored. Resolves when their vectors are stored too. */
  add(contexts: readonly Context[]): Promise<void>
  remove(contextHashes: readonly ContextHash[]): void
  has(contextHash: ContextHash): boolean
  vectorOf(contextHash: ContextHash): QuantizedVector | null
  /** Vector of a question, or null while the embedder can't give one: words alone then decide. */
  embedQuestion(question: string, signal?: AbortSignal): Promise<Float32Array | null>
  search(query: {
    readonly question: string
    readonly queryVector: Float32Array | null
    readonly tags: readonly string[]
    readonly limit: number
    readonly filter?: (contextHash: ContextHash) => boolean
  }): readonly LocalHit[]
}

/** Creates an index over `contextStore`. */
export function createSearchIndex(components: {
  readonly contextStore: ContextStore
  readonly embedder: Embedder
}): SearchIndex {
  const { contextStore, embedder } = components
  const index = createLocalIndex()
  const vectors = new Map<ContextHash, QuantizedVector>()
  const indexed = new Set<ContextHash>()
  const size = createWritable(0)
  let embedding: Promise<void> = Promise.resolve()

  function addWords(contexts: readonly Context[]): void {
    const fresh = contexts.filter((context) => !indexed.has(context.contextHash))
    index.add(fresh, vectors)
    for (const context of fresh) indexed.add(context.contextHash)
    size.set(indexed.size)
  }

  async function embedMissing(contexts: readonly Context[]): Promise<void> {
    const missing = contexts.filter((context) => !vectors.has(context.contextHash))
    for (let start = 0; start < missing.length; start += EMBED_BATCH) {
      const batch = missing.slice(start, start + EMBED_BATCH)
      const embedded = await embedder.embed(
        batch.map((context) => context.text),
        'passage',
      )
      const made = new Map<ContextHash, QuantizedVector>()
      batch.forEach((context, at) => {
        const vector = embedded[at]
        if (vector !== undefined) made.set(context.contextHash, quantizeVector(embedder.space, vector))
      })
      for (const [contextHash, vector] of made) {
        if (!indexed.has(contextHash)) continue
        vectors.set(contextHash, vector)
        index.setVector(contextHash, vector)
      }
      await contextStore.putVectors(made)
    }
  }

  /** Queues embedding behind what is under way; a failing embedder leaves words, and the next start tries again. */
  function embedBehind(contexts: readonly Context[]): Promise<void> {
    embedding = embedding.then(() => embedMissing(contexts)).catch(() => undefined)
    return embedding
  }

  return {
    size,
    async start() {
      const [held, stored] = await Promise.all([
        contextStore.listContexts(),
        contextStore.listVectors(embedder.space),
      ])
      const contexts = held.filter(({ origin }) => origin !== 'guide')
      for (const [contextHash, vector] of stored) vectors.set(contextHash, vector)
      addWords(contexts)
      void embedBehind(contexts)
    },
    add(contexts) {
      addWords(contexts)
      return embedBehind(contexts)
    },
    remove(contextHashes) {
      for (const contextHash of contextHashes) {
        if (!indexed.delete(contextHash)) continue
        vectors.delete(contextHash)
        index.remove(contextHash)
      }
      size.set(indexed.size)
    },
    has: (contextHash) => indexed.has(contextHash),
    vectorOf: (contextHash) => vectors.get(contextHash) ?? null,
    async embedQuestion(question, signal) {
      try {
        const [vector] = await embedder.embed([question], 'query', signal)
        return vector ?? null
      } catch {
        signal?.throwIfAborted()
        return null
      }
    },
    search: (query) => index.search(query),
  }
}
