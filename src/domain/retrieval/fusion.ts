import type { ContextHash } from '../content/context-hash.ts'
import type { SpaceId } from './embedding.ts'
import { isPerhapsEnglish } from './question-language.ts'

/** How well a context answers a question. */
export interface Hit {
  readonly contextHash: ContextHash
  /** Words and meaning together, from 0 to 1, comparable among hits of one search. */
  readonly score: number
  /** BM25, unbounded; 0 when no word fits. */
  readonly wordScore: number
  /** Highest cosine similarity in any space, from 0 to 1; 0 when there is no vector. */
  readonly vectorScore: number
}

/** Cosine similarities of contexts to a question in one space. */
export interface SpaceSimilarities {
  readonly space: SpaceId
  readonly similarities: ReadonlyMap<ContextHash, number>
}

/** What a space's similarities are worth. */
export interface SpaceWeight {
  /** Its part in the mix when words have 1. */
  readonly weight: number
  /** Least similarity at which a context without any word of the question is a hit. */
  readonly leastSimilarity: number
  /** True when it was made of English texts, and fitted on English questions. */
  readonly isEnglish?: boolean
}

/** By the readable name in a space's id; fitted on the training questions of the evaluation sets. */
export const SPACE_WEIGHTS: Readonly<Record<string, SpaceWeight>> = {
  'static-384-v1': { weight: 0.6, leastSimilarity: 0.3, isEnglish: true },
  'use-lite-en': { weight: 0.45, leastSimilarity: 0.5, isEnglish: true },
}
/** Of spaces that were not evaluated. */
const OTHER_SPACE: SpaceWeight = { weight: 0.45, leastSimilarity: 0.6 }
/** What a space's id has after its name. */
const SPACE_DIGEST = /-[0-9a-f]{16}$/

/** Whether a space can tell what is like a question: one of English texts ranks what is in another language at random. */
export function understands(space: SpaceId, question: string): boolean {
  return weightOf(space).isEnglish !== true || isPerhapsEnglish(question)
}

function weightOf(space: SpaceId, weights = SPACE_WEIGHTS): SpaceWeight {
  return weights[space.replace(SPACE_DIGEST, '')] ?? OTHER_SPACE
}

/**
 * Convex mix of BM25 scores and cosine similarities, each divided by its best, best first; equal scores are in the order
 * of their hashes, so that every peer ranks alike. What has no similarity in a space counts as unlike the question there,
 * so nobody gains by leaving a vector out; a space in which one's own passages are still being embedded is not to be named.
 */
export function fuseScores(
  wordScores: ReadonlyMap<ContextHash, number>,
  spaces: readonly SpaceSimilarities[],
  weights = SPACE_WEIGHTS,
): Hit[] {
  const signals = spaces.map(({ space, similarities }) => ({
    similarities,
    best: largest(similarities),
    ...weightOf(space, weights),
  }))
  const bestWord = largest(wordScores)
  const total = 1 + signals.reduce((sum, { weight }) => sum + weight, 0)
  const hits: Hit[] = []
  for (const contextHash of new Set(
    [wordScores, ...signals.map(({ similarities }) => similarities)].flatMap(keysOf),
  )) {
    const wordScore = wordScores.get(contextHash) ?? 0
    let score = wordScore > 0 ? wordScore / bestWord : 0
    let vectorScore = 0
    let isHit = wordScore > 0
    for (const { similarities, best, weight, leastSimilarity } of signals) {
      const similarity = similarities.get(contextHash) ?? 0
      if (similarity <= 0) continue
      score += (weight * similarity) / best
      vectorScore = Math.max(vectorScore, similarity)
      isHit ||= similarity >= leastSimilarity
    }
    if (isHit) hits.push({ contextHash, score: score / total, wordScore, vectorScore })
  }
  return hits.sort((a, b) => b.score - a.score || (a.contextHash < b.contextHash ? -1 : 1))
}

function keysOf(scores: ReadonlyMap<ContextHash, number>): ContextHash[] {
  return [...scores.keys()]
}

function largest(scores: ReadonlyMap<ContextHash, number>): number {
  let best = 0
  for (const score of scores.values()) best = Math.max(best, score)
  return best
}
