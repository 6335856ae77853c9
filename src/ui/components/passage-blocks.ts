import { inlineWords, type TextRange } from './inline-words.ts'

/** A part of a passage as it is shown. */
export interface PassageBlock {
  readonly kind: 'text' | 'heading' | 'item' | 'code'
  readonly text: string
  /** Stretches of the text that are written as code. */
  readonly codes: readonly TextRange[]
}

const FENCE = /^\s*(`{3,}|~{3,})/
const HEADING = /^\s{0,3}#{1,6}\s+(.*)$/
/** Marks that may stand after a heading, too. */
const HEADING_END = /(?<!#)#+$/
const RULE = /^\s{0,3}(?:={3,}|-{3,}|\*{3,}|_{3,})\s*$/
const TABLE_ROW = /^\s*\|/
const ITEM = /^(\s*)(?:([-*+])|(\d{1,3}[.)]))\s+(?:\[([ x])\]\s+)?(.*)$/
const INDENTED = /^(?: {4}|\t)/
/** What ends a line that is to stay one, besides two blanks. */
const BREAK_MARK = /(?:\\|<br\s{0,9}\/?>)$/
/** A line that its author broke because it was full; shorter ones are broken on purpose. */
const FULL_LINE_CHARACTERS = 40

/** What lines of programs, settings, tables of values and logs look like, and lines of prose rarely do. */
const CODE_LINE = new RegExp(
  [
    /[;{}[\](,]\s*$/,
    /^\s*(?:import|export|const|let|var|def|class|func|fn|return|if|for|while|else|end)\b/,
    /^\s*(?:\/\/|\/\*|\*\/|#include\b|@\w+)/,
    /\s[=!+-]?=\s|=>/,
    /^\s*["'\w.-]+:(?:\s|$)/,
    /,\S.*,\S.*,\S/,
    /^\[?\d{4}-\d\d-\d\d/,
  ]
    .map(({ source }) => source)
    .join('|'),
)

/**
 * A passage in parts for reading. Of Markdown the words are kept and the marks are not: lines of a paragraph are joined,
 * code and tables stay as they are. Source code is one part.
 */
export function passageBlocks(text: string): readonly PassageBlock[] {
  const lines = text.split(/\r?\n/)
  return looksLikeCode(lines) ? [codeBlock(lines)] : readBlocks(lines)
}

/** The parts after the headings that they begin with, for where a title says these already; all if there is no other. */
export function withoutTitle(blocks: readonly PassageBlock[]): readonly PassageBlock[] {
  const first = blocks.findIndex(({ kind }) => kind !== 'heading')
  return first === -1 ? blocks : blocks.slice(first)
}

/** A part that lines are still added to. */
interface OpenBlock {
  readonly kind: PassageBlock['kind']
  readonly lines: string[]
  /** The line that ends it; without one it ends where something else begins. */
  readonly fence?: RegExp
}

function readBlocks(lines: readonly string[]): PassageBlock[] {
  const blocks: PassageBlock[] = []
  let open: OpenBlock | undefined

  /** Ends the open part and gives back the next one. */
  function goOn(next?: OpenBlock): OpenBlock | undefined {
    if (open !== undefined) blocks.push(...finishBlock(open))
    return next
  }

  for (const line of lines) {
    if (open?.fence !== undefined) {
      if (open.fence.test(line)) open = goOn()
      else open.lines.push(line)
      continue
    }
    const fence = FENCE.exec(line)?.[1]
    const heading = headingOf(line)
    const item = ITEM.exec(line)
    // What is indented after an item belongs to the item.
    const isIndentedCode =
      INDENTED.test(line) &&
      item === null &&
      (open?.kind ?? 'code') === 'code' &&
      blocks.at(-1)?.kind !== 'item'
    if (fence !== undefined) {
      open = goOn({ kind: 'code', lines: [], fence: new RegExp(`^\\s*${fence}`) })
    } else if (TABLE_ROW.test(line) || isIndentedCode) {
      if (open?.kind === 'code') open.lines.push(line)
      else open = goOn({ kind: 'code', lines: [line] })
    } else if (line.trim() === '' || RULE.test(line)) {
      open = goOn()
    } else if (heading !== undefined) {
      open = goOn({ kind: 'heading', lines: [heading] })
      open = goOn()
    } else if (item !== null) {
      open = goOn({ kind: 'item', lines: [itemLine(item)] })
    } else {
      const words = line.replace(/^\s*(?:>\s?)*/, '')
      if (open === undefined || open.kind === 'code') open = goOn({ kind: 'text', lines: [words] })
      else open.lines.push(words)
    }
  }
  goOn()
  return blocks
}

/** The words of a heading; undefined for a line that is none. */
function headingOf(line: string): string | undefined {
  const words = HEADING.exec(line)?.[1]?.trimEnd()
  const unmarked = words?.replace(HEADING_END, '') ?? ''
  return /\s$/.test(unmarked) ? unmarked.trimEnd() : words
}

/** The first line of a list's item, with a mark of its own. */
function itemLine([, indent = '', , number, box, words = '']: RegExpExecArray): string {
  const mark = box === undefined ? (number ?? '•') : box === 'x' ? '☑' : '☐'
  return `${'  '.repeat(Math.min(4, indent.length >> 1))}${mark} ${words}`
}

/** The part that was open; none if nothing of it can be seen. */
function finishBlock({ kind, lines }: OpenBlock): PassageBlock[] {
  const block = kind === 'code' ? codeBlock(lines) : { kind, ...inlineWords(joinLines(lines)) }
  return block.text.trim() === '' ? [] : [block]
}

/** Lines of one paragraph, joined where they were only broken to fit. */
function joinLines(lines: readonly string[]): string {
  let text = ''
  let isWanted = true
  for (const [at, line] of lines.entries()) {
    const { words, isBroken } = withoutBreak(line)
    text += at === 0 ? words : (isWanted ? '\n' : ' ') + words.trimStart()
    isWanted = isBroken || line.length < FULL_LINE_CHARACTERS
  }
  return text
}

/** A line without what ends it on purpose. */
function withoutBreak(line: string): { readonly words: string; readonly isBroken: boolean } {
  const written = line.trimEnd()
  const mark = BREAK_MARK.exec(written)
  if (mark !== null) return { words: written.slice(0, mark.index), isBroken: true }
  const blanks = line.indexOf('  ', written.length)
  return blanks === -1 ? { words: line, isBroken: false } : { words: line.slice(0, blanks), isBroken: true }
}

function codeBlock(lines: readonly string[]): PassageBlock {
  const text = lines.join('\n').replace(/^\s*\n/, '')
  return { kind: 'code', text: text.trimEnd(), codes: [] }
}

/** True when most lines read like a program's; fences say so themselves. */
function looksLikeCode(lines: readonly string[]): boolean {
  const written = lines.filter((line) => line.trim() !== '')
  if (written.some((line) => FENCE.test(line))) return false
  return written.length > 1 && written.filter((line) => CODE_LINE.test(line)).length > written.length / 2
}
