import type { ContextHash } from '../content/context-hash.ts'

/** How well a context answers a question. */
export interface Hit {
  readonly contextHash: ContextHash
  /** Words and meaning together, from 0 to 1, comparable among hits of one search. */
  readonly score: number
  /** BM25, unbounded; 0 when no word fits. */
  readonly wordScore: number
  /** Cosine similarity, from 0 to 1; 0 when there is no vector. */
  readonly vectorScore: number
}

/** Share of words in the mix; the rest is meaning. On four test sets this mix ranks above either alone. */
const WORD_SHARE = 0.7
/** Least similarity at which a context without any word of the question is a hit; nonsense finds up to 0.27 in 5,000. */
const LEAST_SIMILARITY = 0.3

/**
 * Convex mix of BM25 scores and cosine similarities, each divided by its best, best first; equal scores are in the order
 * of their hashes, so that every peer ranks alike.
 */
export function fuseScores(
  wordScores: ReadonlyMap<ContextHash, number>,
  similarities: ReadonlyMap<ContextHash, number>,
): Hit[] {
  const bestWord = largest(wordScores)
  const bestSimilarity = largest(similarities)
  const hits: Hit[] = []
  for (const contextHash of new Set([...wordScores.keys(), ...similarities.keys()])) {
    const wordScore = wordScores.get(contextHash) ?? 0
    const vectorScore = similarities.get(contextHash) ?? 0
    if (wordScore <= 0 && vectorScore < LEAST_SIMILARITY) continue
    const score =
      WORD_SHARE * (wordScore > 0 ? wordScore / bestWord : 0) +
      (1 - WORD_SHARE) * (vectorScore > 0 ? vectorScore / bestSimilarity : 0)
    hits.push({ contextHash, score, wordScore, vectorScore })
  }
  return hits.sort((a, b) => b.score - a.score || (a.contextHash < b.contextHash ? -1 : 1))
}

function largest(scores: ReadonlyMap<ContextHash, number>): number {
  let best = 0
  for (const score of scores.values()) best = Math.max(best, score)
  return best
}
