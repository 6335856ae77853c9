import { rankSentences } from './rank-sentences.ts'
import { findSentences, type TextRange } from './sentences.ts'
import { findWords, textTerms, wordTerms } from './tokenize.ts'

/** What answers a question in a passage. */
export interface Highlights {
  /** The sentence that answers best; null when no word of the question occurs. */
  readonly sentence: TextRange | null
  /** Words of the question, in any inflection, in order; at most 1000. */
  readonly words: readonly TextRange[]
}

/** Most UTF-16 units of a snippet. */
export const MAX_SNIPPET_LENGTH = 160

const ELLIPSIS = '…'
/** Further matches don't count, so that a text made of nothing else costs little time. */
const MAX_MATCHES = 1000

/** A word of the text that has terms of the question. */
interface Match extends TextRange {
  readonly terms: readonly string[]
}

/** Where a passage answers a question, for the screens to mark; `about` is what its title and headings say. */
export function findHighlights(text: string, question: string, about = ''): Highlights {
  const [ranked = []] = rankSentences([{ text, about }], question)
  const best = bestBy(ranked, ({ score }) => score)
  return {
    sentence: best === undefined ? null : { start: best.start, end: best.end },
    words: findMatches(text, question).map(({ start, end }) => ({ start, end })),
  }
}

/**
 * At most 160 characters of a text, on one line, where it answers the question best; its beginning when it has no word of
 * the question. Cuts are between words where possible and marked with "…".
 */
export function snippetOf(text: string, question: string): string {
  const matches = findMatches(text, question)
  const weigh = weighWith(matches)
  const sentences = findSentences(text)
  const fitting = sentences
    .map((sentence) => ({ ...sentence, weight: weigh(sentence) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  const windows = [...fitting, ...matches].map(({ start }) => ({
    start,
    end: start + MAX_SNIPPET_LENGTH - 2,
  }))
  const start = bestBy(windows, weigh)?.start ?? 0
  const cutsSentence = start > 0 && sentences.every((sentence) => sentence.start !== start)
  return cutLine((cutsSentence ? ELLIPSIS : '') + text.slice(start).trim())
}

/** Whether a snippet is part of a text, but for white space and the marks of cuts. */
export function isSnippetOf(snippet: string, text: string): boolean {
  return onOneLine(text).includes(onOneLine(snippet.replace(/^…|…$/g, '')))
}

/** One line of at most 160 characters. */
function cutLine(text: string): string {
  // White space shrinks, so a slice of the text is enough to fill the line even where it is indented.
  const line = onOneLine(withoutHalfCharacter(text.slice(0, 8 * MAX_SNIPPET_LENGTH)))
  if (line.length <= MAX_SNIPPET_LENGTH) return line
  const cut = line.slice(0, MAX_SNIPPET_LENGTH - ELLIPSIS.length)
  const space = cut.lastIndexOf(' ')
  return (space > MAX_SNIPPET_LENGTH / 2 ? cut.slice(0, space) : withoutHalfCharacter(cut)) + ELLIPSIS
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

/** A text without the half of a surrogate pair in which it was cut off. */
function withoutHalfCharacter(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '')
}

function findMatches(text: string, question: string): Match[] {
  const asked = new Set(textTerms(question))
  return findWords(text)
    .map(({ text: word, start }) => ({
      start,
      end: start + word.length,
      terms: wordTerms(word).filter((term) => asked.has(term)),
    }))
    .filter(({ terms }) => terms.length > 0)
    .slice(0, MAX_MATCHES)
}

/** Weighs a range by the question's terms in it, each once; the rarer in the text, the heavier. */
function weighWith(matches: readonly Match[]): (range: TextRange) => number {
  const occurrences = new Map<string, number>()
  for (const term of matches.flatMap((match) => match.terms))
    occurrences.set(term, (occurrences.get(term) ?? 0) + 1)
  return ({ start, end }) => {
    const inside = matches.filter((match) => match.start >= start && match.end <= end)
    let weight = 0
    for (const term of new Set(inside.flatMap((match) => match.terms)))
      weight += 1 / (occurrences.get(term) ?? 1)
    return weight
  }
}

/** The range with the largest weight above 0, the first among equals. */
function bestBy<Range extends TextRange>(
  ranges: readonly Range[],
  weigh: (range: Range) => number,
): Range | undefined {
  let best: Range | undefined
  let bestWeight = 0
  for (const range of ranges) {
    const weight = weigh(range)
    if (weight > bestWeight) [best, bestWeight] = [range, weight]
  }
  return best
}
