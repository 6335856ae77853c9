import type { PdfLine } from './pdf-lines.ts'

/** Lines that belong together, as text. */
export interface PdfParagraph {
  readonly text: string
  readonly page: number
  /** Level of a heading; undefined for text. */
  readonly level: number | undefined
}

/** A line at the top or bottom of this share of the pages, numbers aside, is no content, … */
const FURNITURE_SHARE = 0.5
/** … if there are so many of them. */
const MIN_FURNITURE_PAGES = 4
/** Lines further apart than this times the usual distance are two paragraphs. */
const PARAGRAPH_DISTANCE = 1.3
/** A line ends on purpose where this share of the width is left empty behind it. */
const SHORT_LINE = 0.3
/** Longer text in large type is no heading. */
export const MAX_HEADING_CHARACTERS = 160
/** Usual distances of lines, in font sizes; others are between paragraphs, columns or notes. */
const [MIN_DISTANCE, MAX_DISTANCE] = [0.8, 3]
const LIST_MARK = /^(?:[•‣▪◦●○■□–—*-]|\(?(?:\d{1,3}|[a-z])[.)])\s/

/** The lines without running headers, running footers and page numbers. */
export function withoutFurniture(lines: readonly PdfLine[]): readonly PdfLine[] {
  const isEdge = (line: PdfLine, at: number): boolean =>
    lines[at - 1]?.page !== line.page || lines[at + 1]?.page !== line.page
  const pagesByText = new Map<string, Set<number>>()
  for (const line of lines.filter(isEdge)) {
    const text = withoutNumbers(line)
    pagesByText.set(text, (pagesByText.get(text) ?? new Set()).add(line.page))
  }
  const pages = new Set(lines.map(({ page }) => page)).size
  const most = Math.max(MIN_FURNITURE_PAGES, pages * FURNITURE_SHARE)
  return lines.filter(
    (line, at) => !isEdge(line, at) || (pagesByText.get(withoutNumbers(line))?.size ?? 0) < most,
  )
}

/** Joins lines to paragraphs and headings, undoing hyphenation; a paragraph ends with its page. */
export function joinLines(
  lines: readonly PdfLine[],
  levelOf: (line: PdfLine) => number | undefined,
): readonly PdfParagraph[] {
  const usual = usualDistance(lines)
  const paragraphs: PdfParagraph[] = []
  let open: { parts: string[]; last: PdfLine; width: number; level: number | undefined } | undefined
  const close = (): void => {
    if (open === undefined) return
    const text = open.parts.join('')
    const level = text.length > MAX_HEADING_CHARACTERS ? undefined : open.level
    paragraphs.push({ text, page: open.last.page, level })
  }
  for (const line of lines) {
    const level = levelOf(line)
    if (open === undefined || level !== open.level || !continues(open.last, line, usual)) {
      close()
      open = { parts: [line.text], last: line, width: line.right - line.left, level }
      continue
    }
    const before = open.parts.at(-1) ?? ''
    if (isHyphenated(before, line.text)) {
      open.parts[open.parts.length - 1] = before.replace(/[-\u00ad]$/, '')
      open.parts.push(line.text)
    } else {
      const isShort = level === undefined && open.last.right - open.last.left < (1 - SHORT_LINE) * open.width
      open.parts.push(isShort ? '\n' : ' ', line.text)
    }
    open.width = Math.max(open.width, line.right - line.left)
    open.last = line
  }
  close()
  return paragraphs
}

/** True when a line goes on with the paragraph of the line before it. */
function continues(before: PdfLine, line: PdfLine, usual: number): boolean {
  if (before.page !== line.page || LIST_MARK.test(line.text)) return false
  const size = Math.max(before.size, line.size)
  const distance = (before.baseline - line.baseline) / size
  const isUnfinished = !/[.!?:;…"”)]$/.test(before.text)
  const isNextColumn = distance < 0
  if (isNextColumn) return isUnfinished && /^\p{Ll}/u.test(line.text)
  const isIndented = line.left - before.left > 0.8 * size && !isUnfinished
  return distance <= usual * PARAGRAPH_DISTANCE && !isIndented
}

/** The distance of most lines from the one above, in font sizes. */
function usualDistance(lines: readonly PdfLine[]): number {
  const counts = new Map<number, number>()
  for (const [at, line] of lines.entries()) {
    const above = lines[at - 1]
    if (above?.page !== line.page) continue
    const distance =
      Math.round((20 * (above.baseline - line.baseline)) / Math.max(above.size, line.size, 1)) / 20
    if (distance >= MIN_DISTANCE && distance <= MAX_DISTANCE)
      counts.set(distance, (counts.get(distance) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 1.4
}

function isHyphenated(before: string, after: string): boolean {
  return /\p{L}[-\u00ad]$/u.test(before) && /^\p{Ll}/u.test(after)
}

function withoutNumbers({ text }: PdfLine): string {
  return text.replace(/\d+/g, '#')
}
