import type { ContextHash } from '../content/context-hash.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { cosineSimilarity, type QuantizedVector } from './embedding.ts'

/** Exact nearest-neighbour search over int8 vectors of one space. */
export interface VectorIndex {
  /** Adds a vector or replaces the one of the same hash; throws `bad-input` when it is of another space than the others. */
  set(contextHash: ContextHash, vector: QuantizedVector): void
  remove(contextHash: ContextHash): void
  /** Cosine similarities above 0 of the vectors that `accepts`. */
  search(
    query: Float32Array,
    accepts?: (contextHash: ContextHash) => boolean,
  ): ReadonlyMap<ContextHash, number>
}

/** Creates an empty vector index; the first vector decides its space. */
export function createVectorIndex(): VectorIndex {
  const vectors = new Map<ContextHash, QuantizedVector>()
  let first: QuantizedVector | undefined

  return {
    set(contextHash, vector) {
      first ??= vector
      if (vector.space !== first.space || vector.values.length !== first.values.length) {
        throw new LoremeshError(
          'bad-input',
          `A vector of ${vector.space} can't be compared with ${first.space}`,
        )
      }
      vectors.set(contextHash, vector)
    },
    remove(contextHash) {
      vectors.delete(contextHash)
    },
    search(query, accepts = () => true) {
      const similarities = new Map<ContextHash, number>()
      for (const [contextHash, vector] of vectors) {
        if (!accepts(contextHash)) continue
        const similarity = cosineSimilarity(query, vector)
        if (similarity > 0) similarities.set(contextHash, similarity)
      }
      return similarities
    },
  }
}
