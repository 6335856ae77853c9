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

/** Dot product of a float query and an int8 vector of the same space and length. */
export function dotProduct(query: Float32Array, vector: QuantizedVector): number {
  let sum = 0
  for (let i = 0; i < query.length; i++) sum += (query[i] ?? 0) * (vector.values[i] ?? 0)
  return sum * vector.scale
}
