/** A stretch of a written answer. */
type AnswerPart =
  | { readonly kind: 'text' | 'strong' | 'code'; readonly text: string }
  /** `[n]`; not known when no passage with that number was given to the model. */
  | { readonly kind: 'citation'; readonly n: number; readonly isKnown: boolean }

/** A paragraph, list item, heading or block of code of a written answer. */
export interface AnswerBlock {
  readonly kind: 'paragraph' | 'item' | 'heading' | 'code'
  readonly parts: readonly AnswerPart[]
}

const FENCE = /^\s*(?:`{3,}|~{3,})/
const HEADING = /^\s{0,3}#{1,6}\s+(.*)$/
const ITEM = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+(.*)$/
/** Code, bold text, or numbers in brackets as models write them: [1], [1, 2], [1-3], 【1】. */
const INLINE =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|[[【]\^?(\d{1,3}(?:\s?[,;–-]\s?\^?\d{1,3})*)(?:†[^\]】\n]{0,80})?[\]】]/g
/** A longer range of numbers is none. */
const MAX_RANGE = 10

/**
 * What a model wrote, for showing as text: paragraphs, lists, headings, code and bold are told apart, citations are
 * numbers, everything else (links and HTML too) stays the characters it is. Citations of passages that are not among
 * `known` are marked. Code holds no citations.
 */
export function parseWrittenAnswer(text: string, known: ReadonlySet<number>): readonly AnswerBlock[] {
  const blocks: AnswerBlock[] = []
  let lines: string[] = []
  let kind: AnswerBlock['kind'] = 'paragraph'
  let isFenced = false

  function close(next: AnswerBlock['kind'] = 'paragraph'): void {
    const words = lines.join(kind === 'code' ? '\n' : ' ')
    if (words.trim() !== '') {
      const parts = kind === 'code' ? [{ kind: 'code' as const, text: words }] : parseInline(words, known)
      blocks.push({ kind, parts })
    }
    lines = []
    kind = next
  }

  for (const line of text.split(/\r?\n/)) {
    const heading = HEADING.exec(line)?.[1]
    const item = ITEM.exec(line)?.[1]
    if (FENCE.test(line)) {
      isFenced = !isFenced
      close(isFenced ? 'code' : 'paragraph')
    } else if (isFenced) {
      lines.push(line)
    } else if (line.trim() === '') {
      close()
    } else if (heading !== undefined) {
      close('heading')
      lines.push(heading)
      close()
    } else if (item !== undefined) {
      close('item')
      lines.push(item)
    } else {
      lines.push(line.trim())
    }
  }
  close()
  return blocks
}

/** The numbers that an answer cites, in order of their first place. */
export function citedNumbers(blocks: readonly AnswerBlock[]): readonly number[] {
  const numbers = blocks.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === 'citation' ? [part.n] : [])),
  )
  return [...new Set(numbers)]
}

function parseInline(text: string, known: ReadonlySet<number>): AnswerPart[] {
  const parts: AnswerPart[] = []
  let from = 0
  const addText = (end: number): void => {
    if (end > from) parts.push({ kind: 'text', text: text.slice(from, end) })
  }
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, strong, numbers] = found
    addText(found.index)
    from = found.index + whole.length
    if (code !== undefined) parts.push({ kind: 'code', text: code })
    else if (strong !== undefined) parts.push(...asStrong(parseInline(strong, known)))
    else
      for (const n of readNumbers(numbers ?? '')) parts.push({ kind: 'citation', n, isKnown: known.has(n) })
  }
  addText(text.length)
  return parts
}

function asStrong(parts: readonly AnswerPart[]): AnswerPart[] {
  return parts.map((part) => (part.kind === 'text' ? { kind: 'strong', text: part.text } : part))
}

/** "1, 3-5" is 1, 3, 4 and 5. */
function readNumbers(text: string): number[] {
  return text
    .replaceAll('^', '')
    .split(/\s?[,;]\s?/)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split(/\s?[–-]\s?/).map(Number)
      if (last < first || last - first > MAX_RANGE) return [first, last]
      return Array.from({ length: last - first + 1 }, (_, at) => first + at)
    })
}
