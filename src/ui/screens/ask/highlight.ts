import type { Highlights } from '../../../domain/retrieval/snippet.ts'

/** A stretch of a passage: whether it belongs to the sentence that answers best, and whether it is a word of the question. */
export interface PassagePart {
  readonly text: string
  readonly inSentence: boolean
  readonly isWord: boolean
}

/** A passage cut at every border of its highlights; the parts in order make up the whole text. */
export function cutAtHighlights(text: string, { sentence, words }: Highlights): PassagePart[] {
  const ranges = sentence === null ? words : [sentence, ...words]
  const borders = new Set([0, text.length, ...ranges.flatMap(({ start, end }) => [start, end])])
  const cuts = [...borders].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b)
  return cuts.slice(1).map((end, index) => {
    const start = cuts[index] ?? 0
    const covers = (range: { start: number; end: number }) => range.start <= start && end <= range.end
    return {
      text: text.slice(start, end),
      inSentence: sentence !== null && covers(sentence),
      isWord: words.some(covers),
    }
  })
}
