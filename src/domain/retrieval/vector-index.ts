import type { ContextHash } from '../content/context-hash.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { dotProduct, vectorLength, type QuantizedVector } from './embedding.ts'

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
  const rows = new Map<ContextHash, { readonly values: Int8Array; readonly length: number }>()
  let first: QuantizedVector | undefined

  return {
    set(contextHash, vector) {
      first ??= vector
      const { space, values } = vector
      if (space !== first.space || values.length !== first.values.length) {
        throw new LoremeshError(
          'bad-input',
          `A vector of ${space} can't be compared with one of ${first.space}`,
        )
      }
      rows.set(contextHash, { values, length: vectorLength(values) })
    },
    remove(contextHash) {
      rows.delete(contextHash)
    },
    search(query, accepts = () => true) {
      const similarities = new Map<ContextHash, number>()
      if (query.length !== first?.values.length) return similarities
      const queryLength = vectorLength(query)
      for (const [contextHash, { values, length }] of rows) {
        if (!accepts(contextHash)) continue
        const product = dotProduct(query, values)
        if (product > 0) similarities.set(contextHash, product / (queryLength * length))
      }
      return similarities
    },
  }
}
