import type { Pooling } from '../../domain/retrieval/model-space.ts'

/** Floats of a tensor: `dims` are texts × dimensions, or texts × tokens × dimensions. */
export interface TokenVectors {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/**
 * One vector a text from those of its tokens: the first one, or the mean of those that `mask` (texts × tokens) names.
 * `none` is for models whose output is one vector already; of others the mean is taken.
 */
export function poolTokens(
  { dims, data }: TokenVectors,
  mask: BigInt64Array,
  pooling: Pooling,
): TokenVectors {
  const [texts = 0, tokens = 0, dimensions = 0] = dims
  const pooled = new Float32Array(texts * dimensions)
  for (let text = 0; text < texts; text++) {
    for (let token = 0; token < (pooling === 'cls' ? 1 : tokens); token++) {
      if (mask[text * tokens + token] !== 1n) continue
      const at = (text * tokens + token) * dimensions
      for (let i = 0; i < dimensions; i++) {
        pooled[text * dimensions + i] = (pooled[text * dimensions + i] ?? 0) + (data[at + i] ?? 0)
      }
    }
  }
  return { dims: [texts, dimensions], data: pooled }
}

/** Rows of a matrix as vectors of length 1; zeros stay zeros. */
export function toUnitVectors({ dims, data }: TokenVectors): Float32Array<ArrayBuffer>[] {
  const [texts = 0, dimensions = 0] = dims
  return Array.from({ length: texts }, (_, text) => {
    const vector = data.slice(text * dimensions, (text + 1) * dimensions)
    const length = Math.hypot(...vector)
    return length > 0 ? vector.map((value) => value / length) : vector
  })
}
