import type { Precision } from '../../../domain/retrieval/precision.ts'
import { formatPercent, formatPlural } from '../../format.ts'

/** Fewer questions say next to nothing. */
const ENOUGH_QUESTIONS = 5

/** How many results helped, and what that means. */
export function describePrecision({ k, mean, low, high, questions, judged }: Precision): {
  readonly value: string
  readonly how: string
} {
  if (mean === null) {
    return {
      value: 'nothing judged yet',
      how: `Say of results whether they help: here you will see which share of the first ${k} does.`,
    }
  }
  const meaning = `The share of helpful ones among the first ${k} results that you judged, averaged over ${formatPlural(questions, 'question')} (${formatPlural(judged, 'result')} judged); questions without a judgement do not count, one asked again counts once.`
  const doubt =
    questions < ENOUGH_QUESTIONS
      ? 'So few questions say little'
      : 'With more questions it becomes more certain'
  return {
    value: `${formatPercent(mean)} helpful`,
    how: `${meaning} ${doubt}: with 95 % confidence it is between ${formatPercent(low)} and ${formatPercent(high)}.`,
  }
}
