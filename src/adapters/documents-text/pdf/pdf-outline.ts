import { createBlockBuilder, type Outline } from '../block-builder.ts'
import type { PdfLine } from './pdf-lines.ts'
import { joinLines, MAX_HEADING_CHARACTERS, withoutFurniture } from './pdf-paragraphs.ts'

/** A line that much larger than the text is a heading. */
const HEADING_SIZE = 1.15
const MAX_LEVELS = 4

/** The text made of a PDF's lines, and its parts. */
export interface PdfOutline {
  readonly text: string
  readonly outline: Outline
}

/**
 * Puts lines together to paragraphs, and takes lines in larger type for headings. The heading path of every block ends
 * with its page, such as "Page 3". What stands at the top or bottom of most pages is left out.
 */
export function outlinePdf(lines: readonly PdfLine[]): PdfOutline {
  const content = withoutFurniture(lines)
  const levels = headingLevels(content)
  const paragraphs = joinLines(content, (line) => levels.get(sizeOf(line)))
  const parts: string[] = []
  const spans: {
    readonly start: number
    readonly end: number
    readonly page: number
    readonly level: number | undefined
  }[] = []
  let start = 0
  for (const { text, page, level } of paragraphs) {
    spans.push({ start, end: start + text.length, page, level })
    parts.push(text)
    start += text.length + 2
  }
  const text = parts.join('\n\n')
  const builder = createBlockBuilder(text)
  for (const { start, end, page, level } of spans) {
    builder.setPlace(`Page ${page}`)
    if (level === undefined) builder.add(start, end, 'prose')
    else builder.addHeading(start, end, level, text.slice(start, end))
  }
  return { text, outline: builder.finish() }
}

/** The level of each font size in which headings are set, the largest being 1. The size with most characters is the text's. */
function headingLevels(lines: readonly PdfLine[]): ReadonlyMap<number, number> {
  const characters = new Map<number, number>()
  for (const line of lines)
    characters.set(sizeOf(line), (characters.get(sizeOf(line)) ?? 0) + line.text.length)
  const [body = 0] = [...characters].sort((a, b) => b[1] - a[1])[0] ?? []
  const isHeading = (line: PdfLine): boolean =>
    sizeOf(line) >= body * HEADING_SIZE &&
    line.text.length <= MAX_HEADING_CHARACTERS &&
    /\p{L}/u.test(line.text)
  const sizes = [...new Set(lines.filter(isHeading).map(sizeOf))].sort((a, b) => b - a)
  return new Map(sizes.map((size, at) => [size, Math.min(at + 1, MAX_LEVELS)]))
}

/** Font size in half points, so that the same size computed in two ways is one. */
function sizeOf({ size }: PdfLine): number {
  return Math.round(size * 2)
}
