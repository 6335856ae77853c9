import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { QuantizedVector, QueryVector } from '../domain/retrieval/embedding.ts'
import type { Hit } from '../domain/retrieval/fusion.ts'
import { toIndexedText } from '../domain/retrieval/indexed-text.ts'
import type { PassageQuery } from '../domain/retrieval/local-index.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { PassageIndex } from '../ports/passage-index.ts'
import { createEmbeddedSpace, type EmbeddedSpace, type SpaceEmbedder } from './embedded-space.ts'
import { createLastingPassageIndex } from './lasting-passage-index.ts'

/** Passages embedded at a time, so that a question asked meanwhile waits for a few milliseconds only. */
const EMBED_BATCH = 64
/** A model takes some 40 ms a passage. */
const MODEL_BATCH = 8
/** Stored contexts that are indexed, and marked as shared, at a time. */
const FILL_BATCH = 512

/** Everything the peer holds, searchable by words at once and by meaning as soon as its vectors are there. */
export interface SearchIndex {
  /** Number of contexts held. */
  readonly size: Readable<number>
  /** Number of contexts held that have no vector of the model yet; 0 without a model. */
  readonly toEmbed: Readable<number>
  /**
   * Learns what the store holds; resolves when that is known, before it can be searched: words, then vectors come behind. The
   * guide of an earlier version is left out, for the present one is added by itself.
   */
  start(): Promise<void>
  /** Resolves when what was stored can be searched, at the start and whenever the index has lost it. */
  whenFilled(): Promise<void>
  /** Indexes contexts that were just stored. Resolves when they are found by words and by vectors that peers announce. */
  add(contexts: readonly Context[]): Promise<void>
  remove(contextHashes: readonly ContextHash[]): Promise<void>
  /** Says whether contexts are shared, also ahead of their coming: searches for others find no other ones. */
  markShared(contextHashes: readonly ContextHash[], isShared: boolean): Promise<void>
  has(contextHash: ContextHash): boolean
  /** Vectors of the space in which peers announce, as far as these contexts have any yet. */
  vectorsOf(contextHashes: readonly ContextHash[]): Promise<ReadonlyMap<ContextHash, QuantizedVector>>
  /**
   * Searches by a model, too, in the place of an earlier one; undefined for none. Resolves when everything has a vector of
   * it; throws what the embedder or the store fails with, and `aborted` when another call comes meanwhile.
   */
  useModel(embedder: SpaceEmbedder | undefined): Promise<void>
  /**
   * Vectors of a question of this peer's user: of the space in which peers announce, and of the model once everything has a
   * vector of it. One that can't be had is left out. Throws `aborted` when the signal fires.
   */
  embedQuestion(question: string, signal?: AbortSignal): Promise<readonly QueryVector[]>
  /**
   * The best contexts, best first. The model's vector counts only where everything that is searched has one: it takes its
   * time, and what has come last would rank below all the rest.
   */
  search(query: PassageQuery): Promise<readonly Hit[]>
}

/** Creates an index over `contextStore`. Peers announce in the space of `embedder`, which always serves. */
export function createSearchIndex(components: {
  readonly contextStore: ContextStore
  readonly embedder: SpaceEmbedder
  /** Empty, and of nobody else. */
  readonly passageIndex: PassageIndex
}): SearchIndex {
  const { contextStore } = components
  const passageIndex = createLastingPassageIndex(components.passageIndex, refill)
  const indexed = new Set<ContextHash>()
  const shared = new Set<ContextHash>()
  const size = createWritable(0)
  const toEmbed = createWritable(0)
  const announced = createEmbeddedSpace({ ...components, passageIndex }, { batch: EMBED_BATCH })
  let model: EmbeddedSpace | undefined
  let filling: Promise<void> = Promise.resolve()

  const spaces = (): readonly EmbeddedSpace[] => (model === undefined ? [announced] : [announced, model])

  /** Contexts that are held from now on, and may have been in an earlier run; gives those that were not yet. */
  function know(contexts: readonly Context[], wereStored: boolean): readonly Context[] {
    const fresh = contexts.filter(({ contextHash }) => !indexed.has(contextHash))
    const hashes = fresh.map(({ contextHash }) => contextHash)
    for (const contextHash of hashes) indexed.add(contextHash)
    for (const space of spaces()) {
      if (wereStored) space.expectStored(hashes)
      else space.expect(hashes)
    }
    size.set(indexed.size)
    return fresh
  }

  async function addWords(contexts: readonly Context[]): Promise<void> {
    await passageIndex.add(contexts.map(toIndexedText))
    const open = contexts
      .map(({ contextHash }) => contextHash)
      .filter((contextHash) => shared.has(contextHash))
    if (open.length > 0) await passageIndex.markShared(open, true)
  }

  /** Embeds what is missing. Failures leave words and other spaces, and are tried again with the next contexts. */
  async function embedBehind(): Promise<void> {
    void model?.catchUp().catch(() => undefined)
    await announced.catchUp().catch(() => undefined)
  }

  /** Puts everything that is held into the empty index: what can't be restored is embedded anew. */
  async function fill(stored: readonly Context[]): Promise<void> {
    for (let start = 0; start < stored.length; start += FILL_BATCH) {
      const part = stored.slice(start, start + FILL_BATCH)
      await addWords(part.filter(({ contextHash }) => indexed.has(contextHash)))
    }
    await Promise.all(spaces().map((space) => space.restore().catch(() => undefined)))
    void embedBehind()
  }

  function refill(): Promise<void> {
    for (const space of spaces()) space.expectStored(indexed)
    const refilling = contextStore.listContexts().then(fill)
    filling = refilling.catch(() => undefined)
    return refilling
  }

  return {
    size,
    toEmbed,
    async start() {
      const stored = await contextStore.listContexts()
      const own = stored.filter(({ origin }) => origin !== 'guide')
      const held = know(own, true)
      // An index that can't be filled says why at the next search.
      filling = fill(held).catch(() => undefined)
    },
    whenFilled: () => filling,
    async add(contexts) {
      await addWords(know(contexts, false))
      await embedBehind()
    },
    async remove(contextHashes) {
      for (const contextHash of contextHashes) indexed.delete(contextHash)
      for (const space of spaces()) space.forget(contextHashes)
      size.set(indexed.size)
      await passageIndex.remove(contextHashes)
    },
    async markShared(contextHashes, isShared) {
      for (const contextHash of contextHashes) {
        if (isShared) shared.add(contextHash)
        else shared.delete(contextHash)
      }
      await passageIndex.markShared(contextHashes, isShared)
    },
    has: (contextHash) => indexed.has(contextHash),
    vectorsOf: (contextHashes) => passageIndex.vectorsOf(announced.space, contextHashes),
    async useModel(embedder) {
      const before = model
      before?.close()
      const next: EmbeddedSpace | undefined =
        embedder &&
        createEmbeddedSpace(
          { contextStore, passageIndex, embedder },
          { batch: MODEL_BATCH, onMissingChanged: (missing) => next === model && toEmbed.set(missing) },
        )
      model = next
      if (next === undefined) toEmbed.set(0)
      else next.expectStored(indexed)
      if (before !== undefined) await passageIndex.forgetSpace(before.space)
      await next?.restore()
      await next?.catchUp()
      if (next !== model) throw new LoremeshError('aborted', 'Another model was chosen')
    },
    async embedQuestion(question, signal) {
      const serving = spaces().filter((space) => space === announced || space.covers())
      const vectors = await Promise.all(
        serving.map(async (space) => {
          const values = await space.embedQuestion(question, signal)
          return values === null ? [] : [{ space: space.space, values }]
        }),
      )
      return vectors.flat()
    },
    search(query) {
      const queryVectors = query.queryVectors.filter(
        ({ space }) => space === announced.space || (space === model?.space && model.covers(query.only)),
      )
      return passageIndex.search({ ...query, queryVectors })
    },
  }
}
