import type { ContextHash } from '../content/context-hash.ts'
import type { Context } from '../content/context.ts'
import { cosineSimilarity, type QuantizedVector } from './embedding.ts'
import { fuseScores, type Hit } from './fusion.ts'
import { createVectorIndex } from './vector-index.ts'
import { createWordIndex } from './word-index.ts'

export type LocalHit = Hit

/** A question to the local index. */
interface LocalQuery {
  readonly question: string
  /** The question's vector in the space of the index, or null to search by words alone. */
  readonly queryVector: Float32Array | null
  /** Only contexts that carry all of these tags; upper and lower case are the same. */
  readonly tags: readonly string[]
  readonly limit: number
  /** Only contexts for which this holds. */
  readonly filter?: (contextHash: ContextHash) => boolean
}

/** The contexts that a peer holds, searchable by words and meaning. */
export interface LocalIndex {
  /** Adds contexts, with their vectors where there are some; replaces those that are there. */
  add(contexts: readonly Context[], vectors: ReadonlyMap<ContextHash, QuantizedVector>): void
  /** Adds the vector of a context; all must be of one space (`bad-input`). Ignored when the context isn't there. */
  setVector(contextHash: ContextHash, vector: QuantizedVector): void
  remove(contextHash: ContextHash): void
  /** The best `limit` contexts, best first. */
  search(query: LocalQuery): LocalHit[]
}

/** Creates an empty index. */
export function createLocalIndex(): LocalIndex {
  const tagsByContext = new Map<ContextHash, ReadonlySet<string>>()
  const words = createWordIndex()
  const vectors = createVectorIndex()

  function setVector(contextHash: ContextHash, vector: QuantizedVector): void {
    if (tagsByContext.has(contextHash)) vectors.set(contextHash, vector)
  }

  return {
    add(contexts, newVectors) {
      for (const context of contexts) {
        const { contextHash } = context
        tagsByContext.set(contextHash, new Set(context.tags.map((tag) => tag.toLowerCase())))
        words.add(context)
        const vector = newVectors.get(contextHash)
        if (vector !== undefined) setVector(contextHash, vector)
      }
    },
    setVector,
    remove(contextHash) {
      tagsByContext.delete(contextHash)
      words.remove(contextHash)
      vectors.remove(contextHash)
    },
    search({ question, queryVector, tags, limit, filter = () => true }) {
      const wanted = tags.map((tag) => tag.toLowerCase())
      const accepts = (contextHash: ContextHash): boolean => {
        const own = tagsByContext.get(contextHash)
        return wanted.every((tag) => own?.has(tag) === true) && filter(contextHash)
      }
      const similarities =
        queryVector === null ? new Map<never, never>() : vectors.search(queryVector, accepts)
      return fuseScores(words.search(question, accepts), similarities).slice(0, limit)
    },
  }
}

/** What is known of a context before it is paid for. */
export interface ScoredCandidate {
  readonly contextHash: ContextHash
  readonly title: string
  readonly headingPath: readonly string[]
  /** A description or excerpt. */
  readonly snippet: string
  readonly tags: readonly string[]
  /** Its announced vector; null when there is none or it is of another space than the question's. */
  readonly vector: QuantizedVector | null
}

/**
 * Ranks candidates by the own measure, whatever scores their peers claim, best first. Scores are comparable among the
 * candidates of one call only: to weigh own contexts against them, pass these too.
 */
export function scoreCandidates(
  question: string,
  queryVector: Float32Array | null,
  candidates: readonly ScoredCandidate[],
): LocalHit[] {
  const words = createWordIndex()
  const similarities = new Map<ContextHash, number>()
  for (const { vector, snippet, ...candidate } of candidates) {
    const { contextHash } = candidate
    words.add({ ...candidate, text: snippet })
    if (queryVector === null || vector === null) continue
    const similarity = cosineSimilarity(queryVector, vector)
    if (similarity > 0) similarities.set(contextHash, similarity)
  }
  return fuseScores(words.search(question), similarities)
}
