import { inlineWords, type TextRange } from './inline-words.ts'
import type { PassageBlock } from './passage-blocks.ts'
import { findHighlights, type Highlights } from '../../domain/retrieval/snippet.ts'

/** A stretch of a passage: how it is written, and what of the question it answers. */
export interface PassagePart {
  readonly text: string
  /** True in the sentence that answers best. */
  readonly inSentence: boolean
  /** True for a word of the question. */
  readonly isWord: boolean
  readonly isCode: boolean
}

/** A text cut at every border of its highlights; the parts in order make up the whole text. */
export function cutAtHighlights(
  text: string,
  { sentence, words }: Highlights,
  codes: readonly TextRange[] = [],
): PassagePart[] {
  const ranges = [...(sentence === null ? [] : [sentence]), ...words, ...codes]
  const borders = new Set([0, text.length, ...ranges.flatMap(({ start, end }) => [start, end])])
  const cuts = [...borders].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b)
  const isWord = coveredBy(words)
  const isCode = coveredBy(codes)
  return cuts.slice(1).map((end, index) => {
    const start = cuts[index] ?? 0
    return {
      text: text.slice(start, end),
      inSentence: sentence !== null && sentence.start <= start && end <= sentence.end,
      isWord: isWord(start, end),
      isCode: isCode(start, end),
    }
  })
}

/** Tells whether one of some ranges, which are in order, covers a part; to be asked about the parts in their order. */
function coveredBy(ranges: readonly TextRange[]): (start: number, end: number) => boolean {
  let at = 0
  return (start, end) => {
    while ((ranges[at]?.end ?? end) < end) at++
    const range = ranges[at]
    return range !== undefined && range.start <= start && end <= range.end
  }
}

/**
 * The parts of each block of a passage, with what in the whole of it answers the question: `quote` where it is found
 * among the words that are shown, else the best sentence.
 */
export function cutBlocks(
  blocks: readonly PassageBlock[],
  question: string,
  quote?: string,
): PassagePart[][] {
  const text = blocks.map(markBlock).join('')
  const { sentence: best, words } = findHighlights(text, question)
  const sentence = (quote === undefined ? null : findQuote(text, quote)) ?? best
  let before = 0
  return blocks.map((block) => {
    const start = before + OPENING[block.kind].length
    const shift = (range: TextRange) => ({ start: range.start - start, end: range.end - start })
    const parts = cutAtHighlights(
      block.text,
      // Code has no sentences: what is taken for one would be most of it.
      {
        sentence: sentence === null || block.kind === 'code' ? null : shift(sentence),
        words: words.map(shift),
      },
      block.codes,
    )
    before += markBlock(block).length
    return parts
  })
}

/** Marks that tell what a block is; blocks never share a sentence. */
const OPENING = { heading: '# ', code: '```\n', text: '', item: '' }

function markBlock({ kind, text }: PassageBlock): string {
  return `${OPENING[kind]}${text}${kind === 'code' ? '\n```' : ''}\n\n`
}

/** Marks of Markdown that stand before the words of a line. */
const LINE_MARK = /^(?:[-*+•>]|#{1,6}|\d{1,3}[.)]|`{3,}.*)$/
const MAX_QUOTED_WORDS = 100

/** Where the words of a quote in Markdown stand in a text that has other marks and line breaks; null if nowhere. */
function findQuote(text: string, quote: string): TextRange | null {
  const words = inlineWords(quote)
    .text.split(/\s+/)
    .filter((word) => word !== '' && !LINE_MARK.test(word))
    .slice(0, MAX_QUOTED_WORDS)
  if (words.length === 0) return null
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s•☑☐#`]+')
  const found = new RegExp(pattern).exec(text)
  return found === null ? null : { start: found.index, end: found.index + found[0].length }
}
