/** A UTF-16 range of a text, end exclusive. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** A sentence of a passage, without the marks of its heading, list item or quote. */
export interface Sentence extends TextRange {
  readonly kind: 'prose' | 'item' | 'heading' | 'code'
}

/** Lines of one paragraph, item, heading or block of code. */
interface Segment extends TextRange {
  readonly kind: Sentence['kind']
}

const FENCE = /^\s{0,3}(?:`{3,}|~{3,})/
const HEADING = /^\s{0,3}#{1,6}\s+/
/** A line under a paragraph that makes it a heading. */
const UNDERLINE = /^\s{0,3}(?:={3,}|-{3,})\s*$/
const RULE = /^[\s>*_=-]*$/
const ITEM = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ x]\]\s+)?/
const QUOTE = /^\s{0,3}(?:>\s?)+/
const TABLE_ROW = /^\s*\|/
const INDENTED = /^(?: {4}|\t)/

/**
 * A full stop, exclamation or question mark, perhaps with closing quotes or brackets, before white space; the ideographic
 * ones need none.
 */
const SENTENCE_END = /(?<![.!?…])[.!?…]+["'”’»)\]*_`]*(?=\s)|[。！？]+[」』”’）]*/g
/** What ends with a full stop that ends no sentence. */
const ABBREVIATION =
  /(?:^|[\s("'])(?:e\.g|i\.e|etc|vs|cf|ca|approx|incl|resp|no|nos|fig|figs|eq|sec|ch|vol|pp?|ed|eds|al|dr|mr|mrs|ms|prof|st|jr|sr|inc|ltd|co|dept|est|[a-z])\.$/i
/** How far back an abbreviation can begin. */
const ABBREVIATION_LENGTH = 10

/**
 * The sentences of a passage in order: of prose and list items one each, of headings and blocks of code the whole. Rules
 * of its own instead of Intl.Segmenter: its breaks differ between engines and Unicode versions, and it knows no Markdown,
 * so two peers would quote one passage differently.
 */
export function findSentences(text: string): Sentence[] {
  return findSegments(text).flatMap((segment) =>
    segment.kind === 'prose' || segment.kind === 'item' ? splitSegment(text, segment) : [segment],
  )
}

function findSegments(text: string): Segment[] {
  const segments: Segment[] = []
  let open: Segment | undefined
  let isFenced = false

  function close(): void {
    const trimmed = open === undefined ? undefined : trimRange(text, open)
    if (trimmed !== undefined) segments.push(trimmed)
    open = undefined
  }

  function extend(kind: Segment['kind'], start: number, end: number): void {
    if (open?.kind !== kind) close()
    open = { kind, start: open?.start ?? start, end }
  }

  let lineStart = 0
  for (const line of text.split('\n')) {
    const start = lineStart
    const end = start + line.length
    lineStart = end + 1
    if (FENCE.test(line)) {
      close()
      isFenced = !isFenced
    } else if (isFenced || TABLE_ROW.test(line)) {
      extend('code', start, end)
    } else if (UNDERLINE.test(line) && open?.kind === 'prose') {
      open = { ...open, kind: 'heading' }
      close()
    } else if (RULE.test(line)) {
      close()
    } else if (HEADING.test(line)) {
      close()
      extend('heading', start + (HEADING.exec(line)?.[0].length ?? 0), end)
      close()
    } else if (ITEM.test(line)) {
      close()
      extend('item', start + (ITEM.exec(line)?.[0].length ?? 0), end)
    } else if (INDENTED.test(line) && (open === undefined || open.kind === 'code')) {
      extend('code', start, end)
    } else {
      const marks = QUOTE.exec(line)?.[0].length ?? 0
      extend(open?.kind === 'item' ? 'item' : 'prose', start + marks, end)
    }
  }
  close()
  return segments
}

function splitSegment(text: string, { kind, start, end }: Segment): Sentence[] {
  const sentences: Sentence[] = []
  const words = text.slice(start, end)
  let from = 0
  for (const found of words.matchAll(SENTENCE_END)) {
    const to = found.index + found[0].length
    const before = words.slice(Math.max(from, to - ABBREVIATION_LENGTH), to)
    const next = words.slice(to).trimStart().charAt(0)
    if (found[0] === '.' && (ABBREVIATION.test(before) || isLowerLetter(next))) continue
    const sentence = trimRange(text, { kind, start: start + from, end: start + to })
    if (sentence !== undefined) sentences.push(sentence)
    from = to
  }
  const rest = trimRange(text, { kind, start: start + from, end })
  return rest === undefined ? sentences : [...sentences, rest]
}

/** A small letter goes on with the sentence, whatever the full stop before it stood for. */
function isLowerLetter(character: string): boolean {
  return character >= 'a' && character <= 'z'
}

function trimRange(text: string, { kind, start, end }: Segment): Segment | undefined {
  const words = text.slice(start, end)
  const from = start + words.length - words.trimStart().length
  const to = start + words.trimEnd().length
  return to > from ? { kind, start: from, end: to } : undefined
}
