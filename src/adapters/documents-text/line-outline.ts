import { createBlockBuilder, type Outline } from './block-builder.ts'
import { textLines, type TextLine } from './text-lines.ts'

/**
 * Finds the paragraphs of a plain text: what stands between empty lines.
 */
export function outlinePlainText(text: string): Outline {
  const builder = createBlockBuilder(text)
  for (const { start, end } of paragraphs(text)) builder.add(start, end, 'prose')
  return builder.finish()
}

/**
 * Finds the blocks of Markdown line by line: headings (`#`), fences, tables and paragraphs. Coarser than a parser, but
 * linear in time on any text, so it serves where a parser would take too long.
 */
export function outlineMarkdownLines(text: string, from = 0): Outline {
  const builder = createBlockBuilder(text)
  let open: { start: number; end: number; kind: 'prose' | 'table' } | undefined
  let fence: { start: number; end: number; marker: string } | undefined
  const close = (): void => {
    if (open !== undefined) builder.add(open.start, open.end, open.kind)
    open = undefined
  }
  for (const { start, end } of textLines(text, from)) {
    const head = text.slice(start, Math.min(end, start + 400))
    if (fence !== undefined) {
      fence.end = end
      if (!closesFence(head, fence.marker)) continue
      builder.add(fence.start, end, 'code')
      fence = undefined
      continue
    }
    const marker = /^\s{0,12}(`{3,}|~{3,})/.exec(head)?.[1]
    const heading = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$/.exec(head)
    if (marker !== undefined) {
      close()
      fence = { start, end, marker }
    } else if (heading !== null) {
      close()
      builder.addHeading(start, end, heading[1]?.length ?? 1, heading[2] ?? '')
    } else if (head.trim() === '') {
      close()
    } else if (open === undefined) {
      open = { start, end, kind: /^\s*\|/.test(head) ? 'table' : 'prose' }
    } else {
      open.end = end
    }
  }
  close()
  if (fence !== undefined) builder.add(fence.start, fence.end, 'code')
  return builder.finish()
}

function closesFence(line: string, marker: string): boolean {
  const trimmed = line.trim()
  return trimmed.length >= marker.length && trimmed === marker.charAt(0).repeat(trimmed.length)
}

/** What stands between empty lines in a part of a text. */
export function* paragraphs(text: string, from = 0, to = text.length): Generator<TextLine> {
  let open: { start: number; end: number } | undefined
  for (const { start, end } of textLines(text, from, to)) {
    const empty = text.slice(start, end).trim() === ''
    if (empty && open !== undefined) yield open
    if (empty) open = undefined
    else open = { start: open?.start ?? start, end }
  }
  if (open !== undefined) yield open
}
