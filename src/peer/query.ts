/** A question with its vector, of the space in which peers announce; null while no embedder can give one. */
export interface Query {
  readonly question: string
  readonly vector: Float32Array | null
  readonly tags: readonly string[]
  readonly limit: number
  /** Passages scoring below this share of the best one are left out. */
  readonly minRelevance: number
}
