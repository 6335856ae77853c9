import type { ContextHash } from '../domain/content/context-hash.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { quantizeVector, type QuantizedVector, type SpaceId } from '../domain/retrieval/embedding.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Embedder } from '../ports/embedder.ts'
import type { PassageIndex } from '../ports/passage-index.ts'

/** What turns questions and passages into vectors of one space. */
export type SpaceEmbedder = Pick<Embedder, 'space' | 'embed'>

/** A vector space in which every passage of the index is to have a vector. */
export interface EmbeddedSpace {
  readonly space: SpaceId
  /** True when all of these passages have a vector; all there are unless told. */
  covers(contextHashes?: readonly ContextHash[]): boolean
  /** Passages have come that have no vector in the index. */
  expect(contextHashes: Iterable<ContextHash>): void
  /** The same, of passages of which the store may have a vector: only those that `restore` leaves are embedded. */
  expectStored(contextHashes: Iterable<ContextHash>): void
  /** Passages have gone. */
  forget(contextHashes: Iterable<ContextHash>): void
  /** Puts into the index what the store has. */
  restore(): Promise<void>
  /**
   * Embeds what is missing, behind what is under way. Throws what the embedder, the index or the store fails with, after
   * which the next call tries the rest again, and `aborted` once the space is closed.
   */
  catchUp(): Promise<void>
  /** The vector of a question; null where the embedder fails. Throws `aborted` when the signal fires. */
  embedQuestion(question: string, signal?: AbortSignal): Promise<Float32Array | null>
  /** Ends embedding. */
  close(): void
}

/**
 * Creates a space that `embedder` fills, `batch` passages at a time. `onMissingChanged` is called with how many passages
 * have no vector.
 */
export function createEmbeddedSpace(
  components: {
    readonly contextStore: Pick<ContextStore, 'getContexts' | 'listVectors' | 'putVectors'>
    readonly passageIndex: Pick<PassageIndex, 'setVectors'>
    readonly embedder: SpaceEmbedder
  },
  options: { readonly batch: number; readonly onMissingChanged?: (missing: number) => void },
): EmbeddedSpace {
  const { contextStore, passageIndex, embedder } = components
  const { batch, onMissingChanged = () => undefined } = options
  const { space } = embedder
  const missing = new Set<ContextHash>()
  /** Those of them that wait for `restore`. */
  const restorable = new Set<ContextHash>()
  /** Resolves when what was asked for so far is embedded, or has failed. */
  let embedding: Promise<unknown> = Promise.resolve()
  let closed = false

  function assertOpen(): void {
    if (closed) throw new LoremeshError('aborted', 'This vector space is not in use any more')
  }

  /** Passages that have a vector now, or have gone. */
  function strike(contextHashes: Iterable<ContextHash>): void {
    for (const contextHash of contextHashes) {
      missing.delete(contextHash)
      restorable.delete(contextHash)
    }
    onMissingChanged(missing.size)
  }

  function expect(contextHashes: Iterable<ContextHash>): void {
    for (const contextHash of contextHashes) missing.add(contextHash)
    onMissingChanged(missing.size)
  }

  /** What is to be embedded next. */
  function nextBatch(): readonly ContextHash[] {
    const next: ContextHash[] = []
    for (const contextHash of missing) {
      if (next.length === batch) break
      if (!restorable.has(contextHash)) next.push(contextHash)
    }
    return next
  }

  async function embedTexts(
    contextHashes: readonly ContextHash[],
  ): Promise<ReadonlyMap<ContextHash, QuantizedVector>> {
    const contexts = await contextStore.getContexts(contextHashes)
    const floats = await embedder.embed(
      contexts.map(({ text }) => text),
      'passage',
    )
    return new Map(
      contexts.map(({ contextHash }, at) => {
        const vector = floats[at]
        if (vector === undefined) throw new LoremeshError('internal', 'The embedder left a passage out')
        return [contextHash, quantizeVector(space, vector)]
      }),
    )
  }

  async function embedMissing(): Promise<void> {
    for (let next = nextBatch(); next.length > 0; next = nextBatch()) {
      assertOpen()
      const vectors = await embedTexts(next)
      assertOpen()
      await passageIndex.setVectors(space, vectors)
      const held = new Map([...vectors].filter(([contextHash]) => missing.has(contextHash)))
      strike(next)
      await contextStore.putVectors(held)
    }
  }

  return {
    space,
    covers: (contextHashes) =>
      missing.size === 0 || contextHashes?.every((contextHash) => !missing.has(contextHash)) === true,
    expect,
    expectStored(contextHashes) {
      for (const contextHash of contextHashes) restorable.add(contextHash)
      expect(restorable)
    },
    forget: strike,
    async restore() {
      try {
        const stored = await contextStore.listVectors(space)
        assertOpen()
        await passageIndex.setVectors(space, stored)
        strike(stored.keys())
      } finally {
        restorable.clear()
      }
    },
    catchUp() {
      const done = embedding.then(embedMissing)
      embedding = done.catch(() => undefined)
      return done
    },
    async embedQuestion(question, signal) {
      try {
        const [vector] = await embedder.embed([question], 'query', signal)
        return vector ?? null
      } catch {
        // Why it fails is told by whoever made the embedder; words and other spaces still answer.
        signal?.throwIfAborted()
        return null
      }
    },
    close() {
      closed = true
    },
  }
}
