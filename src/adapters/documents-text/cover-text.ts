import type { Block } from '../../domain/content/document.ts'
import { isSpaceAt, trimEnd, trimStart } from '../../domain/content/whitespace.ts'

/**
 * Blocks that cover everything of a text but white space, in order and without overlap, whatever the finder of the given
 * blocks left out or counted twice: text between two blocks goes to the one before it. Code keeps its indentation.
 */
export function coverText(text: string, blocks: readonly Block[]): Block[] {
  const found: readonly Block[] =
    blocks.length > 0 ? blocks : [{ start: 0, end: text.length, kind: 'prose', headingPath: [], links: [] }]
  const covered: Block[] = []
  let from = 0
  for (const [index, block] of found.entries()) {
    const until = found[index + 1]?.start ?? text.length
    const first = trimStart(text, from, Math.max(until, from))
    const start = block.kind === 'code' ? startOfLine(text, from, first) : first
    const end = trimEnd(text, first, Math.max(until, first))
    if (end > first) {
      covered.push({ ...block, start, end })
      from = end
    }
  }
  return covered
}

/** Where the line of an offset begins if only white space stands before it there, else the offset. */
function startOfLine(text: string, from: number, offset: number): number {
  let start = offset
  while (start > from && text[start - 1] !== '\n' && isSpaceAt(text, start - 1)) start--
  return start === 0 || text[start - 1] === '\n' ? start : offset
}
