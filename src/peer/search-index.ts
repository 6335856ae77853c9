import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import { quantizeVector, type QuantizedVector, type QueryVector } from '../domain/retrieval/embedding.ts'
import type { Hit } from '../domain/retrieval/fusion.ts'
import type { PassageQuery } from '../domain/retrieval/local-index.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { PassageIndex } from '../ports/passage-index.ts'

/** Passages embedded at a time, so that a question asked meanwhile waits for a few milliseconds only. */
const EMBED_BATCH = 64

/** The vectors of a question; null where an embedder can't give one: words alone then decide. */
interface QuestionVectors {
  /** Of the space in which peers announce. */
  readonly announced: Float32Array | null
  /** Of the space that serves in the own index. */
  readonly own: QueryVector | null
}

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
  remove(contextHashes: readonly ContextHash[]): Promise<void>
  /** Says whether contexts are shared: searches for others find no other ones. */
  markShared(contextHashes: readonly ContextHash[], isShared: boolean): Promise<void>
  has(contextHash: ContextHash): boolean
  /** Vectors of the space in which peers announce, as far as these contexts have any yet. */
  vectorsOf(contextHashes: readonly ContextHash[]): Promise<ReadonlyMap<ContextHash, QuantizedVector>>
  /**
   * Searches in the space of another embedder from when everything has a vector of it, which is when this resolves; the
   * one before serves until then. Throws what the embedder or the store fails with, and `aborted` when yet another
   * embedder is named meanwhile; the space before then stays.
   */
  useSpace(embedder: Pick<Embedder, 'space' | 'embed'>): Promise<void>
  embedQuestion(question: string, signal?: AbortSignal): Promise<QuestionVectors>
  search(query: PassageQuery): Promise<readonly Hit[]>
}

/** A space in which everything that is held gets a vector. */
interface EmbeddedSpace {
  readonly embedder: Pick<Embedder, 'space' | 'embed'>
  /** Contexts that have a vector of it in the index. */
  readonly embedded: Set<ContextHash>
  /** Resolves when what was to be embedded so far is, or has failed. */
  embedding: Promise<unknown>
}

/** Creates an index over `contextStore`. Peers announce in the space of `embedder`, which serves until told otherwise. */
export function createSearchIndex(components: {
  readonly contextStore: ContextStore
  readonly embedder: Pick<Embedder, 'space' | 'embed'>
  /** Empty, and of nobody else. */
  readonly passageIndex: PassageIndex
}): SearchIndex {
  const { contextStore, passageIndex } = components
  const indexed = new Set<ContextHash>()
  const size = createWritable(0)
  const announced = emptySpace(components.embedder)
  let serving = announced
  /** Serves as soon as everything is embedded in it. */
  let coming: EmbeddedSpace | undefined

  const spaces = (): ReadonlySet<EmbeddedSpace> => new Set([announced, serving, coming ?? serving])

  function addWords(contexts: readonly Context[]): Promise<void> {
    const fresh = contexts.filter((context) => !indexed.has(context.contextHash))
    for (const context of fresh) indexed.add(context.contextHash)
    size.set(indexed.size)
    return passageIndex.add(fresh)
  }

  async function embedMissing(space: EmbeddedSpace, contexts: readonly Context[]): Promise<void> {
    const { embedder, embedded } = space
    const missing = contexts.filter(({ contextHash }) => !embedded.has(contextHash))
    for (let start = 0; start < missing.length; start += EMBED_BATCH) {
      if (!spaces().has(space)) throw new LoremeshError('aborted', 'Another space was chosen')
      const batch = missing.slice(start, start + EMBED_BATCH)
      const texts = batch.map((context) => context.text)
      const floats = await embedder.embed(texts, 'passage')
      const vectors = new Map<ContextHash, QuantizedVector>()
      batch.forEach(({ contextHash }, at) => {
        const vector = floats[at]
        if (vector === undefined) throw new LoremeshError('internal', 'The embedder left a passage out')
        vectors.set(contextHash, quantizeVector(embedder.space, vector))
      })
      await takeVectors(space, vectors)
      await contextStore.putVectors(vectors)
    }
  }

  async function takeVectors(
    { embedder, embedded }: EmbeddedSpace,
    vectors: ReadonlyMap<ContextHash, QuantizedVector>,
  ): Promise<void> {
    await passageIndex.setVectors(embedder.space, vectors)
    for (const contextHash of vectors.keys()) if (indexed.has(contextHash)) embedded.add(contextHash)
  }

  /** Queues embedding behind what is under way in the space. */
  function embed(space: EmbeddedSpace, contexts: readonly Context[]): Promise<void> {
    const done = space.embedding.then(() => embedMissing(space, contexts))
    space.embedding = done.catch(() => undefined)
    return done
  }

  /** Embeds in all spaces; a failing embedder leaves words, and the next start tries again. */
  async function embedBehind(contexts: readonly Context[]): Promise<void> {
    const waitedFor = new Set([announced, serving])
    const done: Promise<void>[] = []
    for (const space of spaces()) {
      const embedded = embed(space, contexts).catch(() => undefined)
      if (waitedFor.has(space)) done.push(embedded)
    }
    await Promise.all(done)
  }

  /** Puts what is stored and then what is missing into a space; nothing that is added meanwhile is left out. */
  async function fill(space: EmbeddedSpace): Promise<void> {
    if (space.embedded.size === 0) {
      await takeVectors(space, await contextStore.listVectors(space.embedder.space))
    }
    for (;;) {
      const held = await contextStore.listContexts()
      const missing = held.filter(
        ({ contextHash }) => indexed.has(contextHash) && !space.embedded.has(contextHash),
      )
      if (missing.length === 0) return
      await embed(space, missing)
    }
  }

  async function forgetUnused(space: EmbeddedSpace): Promise<void> {
    if (!spaces().has(space)) await passageIndex.forgetSpace(space.embedder.space)
  }

  async function embedQuery(
    { embedder }: EmbeddedSpace,
    question: string,
    signal?: AbortSignal,
  ): Promise<Float32Array | null> {
    try {
      const [vector] = await embedder.embed([question], 'query', signal)
      return vector ?? null
    } catch {
      signal?.throwIfAborted()
      return null
    }
  }

  return {
    size,
    async start() {
      const [held, stored] = await Promise.all([
        contextStore.listContexts(),
        contextStore.listVectors(announced.embedder.space),
      ])
      const contexts = held.filter(({ origin }) => origin !== 'guide')
      await addWords(contexts)
      await takeVectors(announced, stored)
      void embedBehind(contexts)
    },
    async add(contexts) {
      await addWords(contexts)
      await embedBehind(contexts)
    },
    async remove(contextHashes) {
      for (const contextHash of contextHashes) {
        indexed.delete(contextHash)
        for (const { embedded } of spaces()) embedded.delete(contextHash)
      }
      size.set(indexed.size)
      await passageIndex.remove(contextHashes)
    },
    markShared: passageIndex.markShared,
    has: (contextHash) => indexed.has(contextHash),
    vectorsOf: (contextHashes) => passageIndex.vectorsOf(announced.embedder.space, contextHashes),
    async useSpace(embedder) {
      const abandoned = coming
      const known = [announced, serving].find((space) => space.embedder.space === embedder.space)
      const next = known ?? emptySpace(embedder)
      coming = next
      if (abandoned !== undefined) await forgetUnused(abandoned)
      try {
        await fill(next)
        if (coming !== next) throw new LoremeshError('aborted', 'Another space was chosen')
        const before = serving
        serving = next
        coming = undefined
        await forgetUnused(before)
      } catch (error) {
        if (coming === next) coming = undefined
        await forgetUnused(next)
        throw error
      }
    },
    async embedQuestion(question, signal) {
      const space = serving
      const [vector, own] = await Promise.all(
        [...new Set([announced, space])].map((one) => embedQuery(one, question, signal)),
      )
      const values = space === announced ? vector : own
      return {
        announced: vector ?? null,
        own: values ? { space: space.embedder.space, values } : null,
      }
    },
    search: (query) => passageIndex.search(query),
  }
}

function emptySpace(embedder: EmbeddedSpace['embedder']): EmbeddedSpace {
  return { embedder, embedded: new Set(), embedding: Promise.resolve() }
}
