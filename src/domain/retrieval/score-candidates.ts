import type { ContextHash } from '../content/context-hash.ts'
import { cosineSimilarity, type QuantizedVector, type SpaceId } from './embedding.ts'
import { fuseScores, type Hit } from './fusion.ts'
import { createWordIndex } from './word-index.ts'

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
): Hit[] {
  const words = createWordIndex()
  const similarities = new Map<ContextHash, number>()
  let space: SpaceId | undefined
  for (const { vector, snippet, ...candidate } of candidates) {
    const { contextHash } = candidate
    words.add({ ...candidate, text: snippet })
    if (queryVector === null || vector === null) continue
    space = vector.space
    const similarity = cosineSimilarity(queryVector, vector)
    if (similarity > 0) similarities.set(contextHash, similarity)
  }
  return fuseScores(words.search(question), space === undefined ? [] : [{ space, similarities }])
}
