import type { Block } from '../../domain/content/document.ts'
import { trimEnd, trimStart } from '../../domain/content/whitespace.ts'

/**
 * Blocks that cover everything of a text but white space, in order and without overlap, whatever the finder of the given
 * blocks left out or counted twice: text between two blocks goes to the one before it.
 */
export function coverText(text: string, blocks: readonly Block[]): Block[] {
  const covered: Block[] = []
  let from = 0
  for (const [index, block] of blocks.entries()) {
    const until = blocks[index + 1]?.start ?? text.length
    const start = trimStart(text, from, Math.max(until, from))
    const end = trimEnd(text, start, Math.max(until, start))
    if (end > start) {
      covered.push({ ...block, start, end })
      from = end
    }
  }
  return covered
}
