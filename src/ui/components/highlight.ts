import type { TextRange } from './inline-words.ts'
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
  return cuts.slice(1).map((end, index) => {
    const start = cuts[index] ?? 0
    const covers = (range: TextRange) => range.start <= start && end <= range.end
    return {
      text: text.slice(start, end),
      inSentence: sentence !== null && covers(sentence),
      isWord: words.some(covers),
      isCode: codes.some(covers),
    }
  })
}

/** The parts of each block of a passage, with what in the whole of it answers the question. */
export function cutBlocks(blocks: readonly PassageBlock[], question: string): PassagePart[][] {
  const { sentence, words } = findHighlights(blocks.map(markBlock).join(''), question)
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
