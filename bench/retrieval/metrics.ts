import type { ContextHash } from '../../src/domain/content/context-hash.ts'
import { createRandom } from './random.ts'

/** How good one ranking is, each from 0 to 1. */
export interface Quality {
  readonly ndcg10: number
  readonly recall10: number
  readonly precision5: number
}

/**
 * Quality of a ranking (best first) against what is relevant. nDCG with binary gains and log2 discount (Järvelin and
 * Kekäläinen 2002); precision at 5 divides by 5 however few passages are relevant.
 */
export function judgeRanking(ranking: readonly ContextHash[], relevant: ReadonlySet<ContextHash>): Quality {
  const gains = ranking.slice(0, 10).map((contextHash) => (relevant.has(contextHash) ? 1 : 0))
  const ideal = Array.from({ length: Math.min(10, relevant.size) }, () => 1)
  return {
    ndcg10: discountedSum(gains) / discountedSum(ideal),
    recall10: sum(gains) / relevant.size,
    precision5: sum(gains.slice(0, 5)) / 5,
  }
}

/** The mean of values; NaN without any. */
export function meanOf(values: readonly number[]): number {
  return sum(values) / values.length
}

/** Mean difference of pairs, with the middle 95 % of what resampling the pairs gives. */
export interface PairedBootstrap {
  readonly difference: number
  readonly low: number
  readonly high: number
}

/** Paired bootstrap by the percentile method (Efron and Tibshirani 1993). `differences` has one value a question. */
export function bootstrapDifference(
  differences: readonly number[],
  resamples: number,
  seed: number,
): PairedBootstrap {
  const random = createRandom(seed)
  const means = Array.from({ length: resamples }, () => {
    const drawn = differences.map(() => differences[Math.floor(random() * differences.length)] ?? 0)
    return meanOf(drawn)
  }).sort((a, b) => a - b)
  const quantile = (share: number): number => means[Math.floor(share * (resamples - 1))] ?? Number.NaN
  return { difference: meanOf(differences), low: quantile(0.025), high: quantile(0.975) }
}

function discountedSum(gains: readonly number[]): number {
  return sum(gains.map((gain, i) => gain / Math.log2(i + 2)))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
