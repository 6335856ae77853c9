/** A line of text on a page. Lengths are in points (1/72 inch), upwards and to the right. */
export interface PdfLine {
  readonly text: string
  /** Counted from 1. */
  readonly page: number
  readonly left: number
  readonly right: number
  readonly baseline: number
  /** Font size of its first characters. */
  readonly size: number
}

/** What pdf.js says about a run of characters. */
export interface TextRun {
  readonly str: string
  /** Six numbers a, b, c, d, e, f of a transformation; (e, f) is where the run begins. */
  readonly transform: readonly unknown[]
  readonly width: number
  readonly hasEOL: boolean
}

/** Runs whose baselines differ by less than this part of the font size are in one line: indices, footnote marks. */
const SAME_LINE = 0.6
/** A gap between runs wider than this part of the font size is a space. */
const SPACE_WIDTH = 0.2
/** Nothing on a page is larger. */
const MAX_SIZE = 2_000

/** Collects the lines of a PDF from its runs of characters, in the order in which they were written. */
export interface PdfLines {
  startPage(number: number): void
  add(run: TextRun): void
  /** Characters of all runs so far, and lines. */
  size(): { readonly characters: number; readonly lines: number }
  /** All lines so far. */
  finish(): readonly PdfLine[]
}

/** An empty collection. */
export function createPdfLines(): PdfLines {
  const lines: PdfLine[] = []
  let open: { -readonly [Key in keyof PdfLine]: PdfLine[Key] } | undefined
  let page = 0
  let characters = 0

  function close(): void {
    const text = open?.text.replace(/[\s\p{Cc}]+/gu, ' ').trim() ?? ''
    if (open !== undefined && text !== '') lines.push({ ...open, text })
    open = undefined
  }

  function append(str: string, left: number, width: number, size: number): void {
    if (open === undefined) return
    const hasGap = Math.abs(left - open.right) > SPACE_WIDTH * size && !/\s$/.test(open.text)
    open.text += (hasGap ? ' ' : '') + str
    open.right = left + width
  }

  return {
    startPage(number) {
      close()
      page = number
    },
    add({ str, transform, width, hasEOL }) {
      characters += str.length
      const [, , slant = 0, height = 0, left = 0, baseline = 0] = transform.map(toNumber)
      const size = Math.min(Math.hypot(slant, height), MAX_SIZE)
      const isBlank = str.trim() === ''
      const isNewLine =
        open !== undefined && Math.abs(open.baseline - baseline) > SAME_LINE * Math.max(open.size, size)
      if (isNewLine && !isBlank) close()
      if (open !== undefined) append(isBlank && str !== '' ? ' ' : str, left, width, size)
      else if (!isBlank) open = { text: str, page, left, right: left + width, baseline, size }
      if (hasEOL) close()
    },
    size: () => ({ characters, lines: lines.length }),
    finish() {
      close()
      return lines
    },
  }
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
