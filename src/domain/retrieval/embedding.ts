declare const spaceId: unique symbol
/** Names a vector space; vectors of different spaces are never compared. */
export type SpaceId = string & { readonly [spaceId]: true }

/** An int8 vector: component i is `values[i] * scale`. */
export interface QuantizedVector {
  readonly space: SpaceId
  readonly values: Int8Array
  readonly scale: number
}

/** Nearest int8 form of a float vector; all zeros give scale 0. */
export function quantizeVector(space: SpaceId, vector: Float32Array): QuantizedVector {
  let largest = 0
  for (const value of vector) largest = Math.max(largest, Math.abs(value))
  const scale = largest / 127
  const values = new Int8Array(vector.length)
  if (scale > 0) for (let i = 0; i < vector.length; i++) values[i] = Math.round((vector[i] ?? 0) / scale)
  return { space, values, scale }
}

/** Cosine of the angle between a float query and an int8 vector of the same space; 0 when one is zeros or the lengths differ. */
export function cosineSimilarity(query: Float32Array, vector: QuantizedVector): number {
  const { values } = vector
  if (query.length !== values.length) return 0
  let product = 0
  let querySquare = 0
  let vectorSquare = 0
  for (let i = 0; i < values.length; i++) {
    const a = query[i] ?? 0
    const b = values[i] ?? 0
    product += a * b
    querySquare += a * a
    vectorSquare += b * b
  }
  return product === 0 ? 0 : product / Math.sqrt(querySquare * vectorSquare)
}
