import type { ContextHash } from '../content/context-hash.ts'

/** What the user says about a result: helpful, or not for a reason that is told or not. */
export type Judgement = 'helpful' | 'not-helpful' | 'wrong' | 'outdated'

/** Every judgement there is. */
export const JUDGEMENTS: readonly Judgement[] = ['helpful', 'not-helpful', 'wrong', 'outdated']

/** A question that was asked in earnest, with what was said about its results. */
export interface JudgedQuestion {
  readonly question: string
  readonly askedAtMs: number
  /** Best first. */
  readonly results: readonly ContextHash[]
  readonly judgements: ReadonlyMap<ContextHash, Judgement>
}

/** How many of the best results help, over real questions. */
export interface Precision {
  readonly k: number
  /** The mean over the questions that count, from 0 to 1; null when none does. */
  readonly mean: number | null
  /** Where the mean lies with 95 % confidence. */
  readonly low: number
  readonly high: number
  /** How many questions count. */
  readonly questions: number
  /** How many results of these were judged. */
  readonly judged: number
}

/** Standard deviations of a normal distribution that hold 95 % of it. */
const Z = 1.96

/**
 * Precision@k over real questions. A question counts once, as it was asked last with a judgement among its best k results;
 * its precision is the share of helpful ones among those judged, for what nobody looked at says nothing. The interval is
 * Wilson's for the mean of as many yes-or-no trials as questions count (Wilson 1927), which is wider than needed: shares
 * vary less than yes and no do.
 */
export function precisionAtK(asked: readonly JudgedQuestion[], k = 5): Precision {
  const newest = new Map<string, { readonly askedAtMs: number; readonly verdicts: readonly Judgement[] }>()
  for (const { question, askedAtMs, results, judgements } of asked) {
    const verdicts = results.slice(0, k).flatMap((contextHash) => judgements.get(contextHash) ?? [])
    const key = question.trim().toLowerCase()
    if (verdicts.length > 0 && askedAtMs >= (newest.get(key)?.askedAtMs ?? -Infinity)) {
      newest.set(key, { askedAtMs, verdicts })
    }
  }
  const counted = [...newest.values()].map(({ verdicts }) => verdicts)
  const questions = counted.length
  const judged = counted.reduce((sum, verdicts) => sum + verdicts.length, 0)
  if (questions === 0) return { k, mean: null, low: 0, high: 1, questions, judged }
  const mean = counted.reduce((sum, verdicts) => sum + shareHelpful(verdicts), 0) / questions
  return { k, mean, ...wilsonInterval(mean, questions), questions, judged }
}

function shareHelpful(verdicts: readonly Judgement[]): number {
  return verdicts.filter((verdict) => verdict === 'helpful').length / verdicts.length
}

function wilsonInterval(share: number, trials: number): { readonly low: number; readonly high: number } {
  const weight = 1 + Z ** 2 / trials
  const centre = (share + Z ** 2 / (2 * trials)) / weight
  const reach = (Z / weight) * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2))
  return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) }
}
