declare const spaceId: unique symbol
/** Names a vector space; vectors of different spaces are never compared. */
export type SpaceId = string & { readonly [spaceId]: true }

/** An int8 vector: component i is `values[i] * scale`. */
export interface QuantizedVector {
  readonly space: SpaceId
  readonly values: Int8Array
  readonly scale: number
}

/** The vector of a question, comparable with those of its space. */
export interface QueryVector {
  readonly space: SpaceId
  readonly values: Float32Array
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

/** Length of a vector, of its int8 components without the scale when quantized. */
export function vectorLength(values: Float32Array | Int8Array): number {
  let square = 0
  for (const value of values) square += value * value
  return Math.sqrt(square)
}

/** Sum of the products of components of two vectors of one length; the scale of an int8 vector is left out. */
export function dotProduct(query: Float32Array, values: Int8Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (query[i] ?? 0) * (values[i] ?? 0)
  return sum
}

/** Cosine of the angle between a query and a vector of its space; 0 when either is zeros or the numbers of dimensions differ. */
export function cosineSimilarity(query: Float32Array, { values }: QuantizedVector): number {
  if (query.length !== values.length) return 0
  const product = dotProduct(query, values)
  return product === 0 ? 0 : product / (vectorLength(query) * vectorLength(values))
}
