import type { Block } from './document.ts'
import { utf8Advance } from './utf8.ts'
import { isSpaceAt, trimEnd, trimStart } from './whitespace.ts'

/** Part of a document's text, as UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A line keeps its indentation at the start of a piece up to this many characters. */
const MAX_INDENT = 80
const SENTENCE_END = '.!?…'
/** Marks that end a sentence without a space after them. */
const WIDE_SENTENCE_END = '。！？'
const CLOSING_MARKS = '"\'”’)]*_`»'

/**
 * Cuts a block into pieces of at most `maxBytes` UTF-8 bytes: code and tables before the least indented line of the
 * second half of a piece, prose after its last sentence; where there is none, at a space; where there is none either,
 * between two characters. White space between pieces belongs to none.
 */
export function splitBlock(text: string, block: Block, maxBytes: number): readonly Span[] {
  const pieces: Span[] = []
  const findCut = block.kind === 'code' || block.kind === 'table' ? lineCut : sentenceCut
  let start = block.start
  while (start < block.end) {
    const reach = utf8Advance(text, start, block.end, maxBytes)
    const middle = start + Math.ceil((reach - start) / 2)
    const cut =
      reach === block.end ? reach : (findCut(text, middle, reach) ?? spaceCut(text, middle, reach) ?? reach)
    pieces.push({ start, end: trimEnd(text, start, cut) })
    start = nextStart(text, cut, block.end)
  }
  return pieces
}

/** Where the next piece begins: at the first character that is no space, or at the indentation of its line. */
function nextStart(text: string, cut: number, end: number): number {
  const first = trimStart(text, cut, end)
  if (first === end) return end
  const indent = /(?<=\n)[^\n]*$/.exec(text.slice(Math.max(cut, first - MAX_INDENT) - 1, first))?.[0] ?? ''
  return first - indent.length
}

/** The start of the least indented line in `(from, to)`, the last of several; closing brackets stay with what they close. */
function lineCut(text: string, from: number, to: number): number | undefined {
  let best: number | undefined
  let bestIndent = Infinity
  for (const { index, 1: indent = '' } of text.slice(from, to).matchAll(/(?<=\n)([ \t]*)[^\s)\]}]/g)) {
    if (indent.length > bestIndent) continue
    best = from + index
    bestIndent = indent.length
  }
  return best
}

/** The offset after the last sentence, list item or paragraph that ends in `(from, to)`. */
function sentenceCut(text: string, from: number, to: number): number | undefined {
  for (let cut = to; cut > from; cut--) {
    if (WIDE_SENTENCE_END.includes(text.charAt(cut - 1))) return cut
    if (!isSpaceAt(text, cut)) continue
    if (text[cut] === '\n' && startsUnit(text, cut + 1)) return cut
    let last = cut - 1
    while (last > from && CLOSING_MARKS.includes(text.charAt(last))) last--
    if (SENTENCE_END.includes(text.charAt(last))) return cut
  }
  return undefined
}

/** True when a line that starts here is empty or begins a list item or table row. */
function startsUnit(text: string, lineStart: number): boolean {
  return /^[ \t]*(?:\r?\n|[-*+|] |\d{1,9}[.)] )/.test(text.slice(lineStart, lineStart + 40))
}

/** The last space in `(from, to]`. */
function spaceCut(text: string, from: number, to: number): number | undefined {
  for (let cut = to; cut > from; cut--) if (isSpaceAt(text, cut)) return cut
  return undefined
}
