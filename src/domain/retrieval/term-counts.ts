import { textTerms } from './tokenize.ts'

/** Different terms of a question that are counted in texts; what a question has beyond them hardly changes a ranking. */
export const MAX_QUESTION_TERMS = 64

/** How often each of a question's terms occurs in a text, in the order of `questionTerms`. */
export type TermCounts = readonly number[]

/** The different index terms of a question, in order. */
export function questionTerms(question: string): readonly string[] {
  return [...new Set(textTerms(question))].slice(0, MAX_QUESTION_TERMS)
}

/** Counts a question's terms in a text. */
export function countTerms(terms: readonly string[], text: string): TermCounts {
  const counts = new Map(terms.map((term) => [term, 0]))
  for (const term of textTerms(text)) {
    const count = counts.get(term)
    if (count !== undefined) counts.set(term, count + 1)
  }
  return [...counts.values()]
}

/** Whether two counts of the same terms are equal. */
export function areSameCounts(a: TermCounts, b: TermCounts): boolean {
  return a.length === b.length && a.every((count, at) => count === b[at])
}
