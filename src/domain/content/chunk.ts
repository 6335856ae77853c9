import type { Block, Chunk, ParsedDocument } from './document.ts'
import { splitBlock, type Span } from './split-block.ts'
import { createByteOffsets, utf8Length } from './utf8.ts'

/** Changes whenever the same document would be split differently. */
export const CHUNKER_VERSION = 1
/** Blocks are packed up to this many UTF-8 bytes, about 200 model tokens: the window that embedding models see whole. */
export const TARGET_CHUNK_BYTES = 800
/** A longer paragraph or list is split. */
export const MAX_PROSE_BYTES = 1200
/** A longer code fence, table or declaration is split; leaves room for the headings before it. */
export const MAX_WHOLE_BYTES = 2000
/** No chunk is longer. */
export const MAX_CHUNK_BYTES = 2400
/** A shorter chunk joins a neighbour under the same headings. */
export const MIN_CHUNK_BYTES = 120

/** A block, or a part of one too long, with its byte range. */
interface Piece extends Chunk, Span {
  readonly isHeading: boolean
}

/**
 * Splits a document at its structure: blocks under the same headings are packed up to `TARGET_CHUNK_BYTES`, headings
 * stay with what follows, code and tables stay whole up to `MAX_WHOLE_BYTES`. Every chunk is exactly the document's
 * bytes `[startByte, endByte)`; chunks are in order and together hold everything but white space, once. Linear in time.
 */
export function chunkDocument(document: Pick<ParsedDocument, 'text' | 'blocks'>): Chunk[] {
  const { text } = document
  const packed = mergePieces(text, toPieces(text, document.blocks), belongTogether)
  const merged = mergePieces(text, packed, isLeftover)
  return merged.map(({ text, startByte, endByte, headingPath, links }) => ({
    text,
    startByte,
    endByte,
    headingPath,
    links,
  }))
}

function toPieces(text: string, blocks: readonly Block[]): Piece[] {
  const toByte = createByteOffsets(text)
  return blocks.flatMap((block) => {
    const limit = block.kind === 'code' || block.kind === 'table' ? MAX_WHOLE_BYTES : MAX_PROSE_BYTES
    const whole = utf8Length(text, block.start, block.end) <= limit
    const spans = whole ? [block] : splitBlock(text, block, TARGET_CHUNK_BYTES)
    const links = linksBySpan(text, block, spans)
    return spans.map(({ start, end }, index) => ({
      text: text.slice(start, end),
      start,
      end,
      startByte: toByte(start),
      endByte: toByte(end),
      headingPath: block.headingPath,
      links: links[index] ?? [],
      isHeading: block.kind === 'heading' && whole,
    }))
  })
}

/** Gives each link of a block to the span in which its target is first written, or else to the first. */
function linksBySpan(text: string, block: Block, spans: readonly Span[]): string[][] {
  const links = spans.map((): string[] => [])
  const blockText = text.slice(block.start, block.end)
  for (const link of block.links) {
    const at = block.start + blockText.indexOf(link)
    const index = spans.findIndex((span) => at < span.end)
    links[Math.max(index, 0)]?.push(link)
  }
  return links
}

function mergePieces(
  text: string,
  pieces: readonly Piece[],
  join: (before: Piece, after: Piece, sizeBytes: number) => boolean,
): Piece[] {
  const merged: Piece[] = []
  for (const piece of pieces) {
    const before = merged.at(-1)
    if (before !== undefined && join(before, piece, piece.endByte - before.startByte)) {
      merged[merged.length - 1] = mergePair(text, before, piece)
    } else {
      merged.push(piece)
    }
  }
  return merged
}

/** One piece of two; headings in front take the heading path of what follows them. */
function mergePair(text: string, before: Piece, after: Piece): Piece {
  return {
    text: text.slice(before.start, after.end),
    start: before.start,
    end: after.end,
    startByte: before.startByte,
    endByte: after.endByte,
    headingPath: before.isHeading ? after.headingPath : before.headingPath,
    links: [...new Set([...before.links, ...after.links])],
    isHeading: before.isHeading && after.isHeading,
  }
}

/** First pass: headings go with what follows, blocks under the same headings are packed up to the target. */
function belongTogether(before: Piece, after: Piece, sizeBytes: number): boolean {
  if (before.isHeading) return sizeBytes <= MAX_CHUNK_BYTES
  return !after.isHeading && sizeBytes <= TARGET_CHUNK_BYTES && samePath(before, after)
}

/** Second pass: what is left too small, and headings at the very end, join their neighbour. */
function isLeftover(before: Piece, after: Piece, sizeBytes: number): boolean {
  if (sizeBytes > MAX_CHUNK_BYTES) return false
  if (after.isHeading) return true
  const smaller = Math.min(before.endByte - before.startByte, after.endByte - after.startByte)
  return smaller < MIN_CHUNK_BYTES && samePath(before, after)
}

function samePath(a: Piece, b: Piece): boolean {
  return (
    a.headingPath.length === b.headingPath.length &&
    a.headingPath.every((heading, index) => heading === b.headingPath[index])
  )
}
