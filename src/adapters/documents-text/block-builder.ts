import type { Block } from '../../domain/content/document.ts'
import { TARGET_CHUNK_BYTES } from '../../domain/content/chunk.ts'
import { DOCUMENT_LIMITS } from '../../domain/content/document-limits.ts'
import { toPrintable } from '../../domain/content/printable.ts'
import { linkTargets } from './link-targets.ts'

/** Longest heading kept in a path, in UTF-8 bytes. */
const MAX_HEADING_BYTES = 200

/** What the finders of blocks give: blocks in order, and the headings that may be the document's title. */
export interface Outline {
  readonly blocks: readonly Block[]
  /** First heading of the first level, or empty. */
  readonly mainHeading: string
  /** First heading of any level, or empty. */
  readonly firstHeading: string
}

/** Collects the blocks of a text in order and keeps track of the headings above them. */
export interface BlockBuilder {
  /** Names the place of what is added from now on, such as "Page 3": it is last in every heading path. */
  setPlace(place: string): void
  /** Adds a heading of level 1 (the outermost) to 6 with its plain text. */
  addHeading(start: number, end: number, level: number, heading: string): void
  add(start: number, end: number, kind: 'prose' | 'code' | 'table'): void
  /** Adds a part of source code, which has its own heading path and imports. */
  addCode(start: number, end: number, headingPath: readonly string[], links: readonly string[]): void
  /** Adds rows of a table, which have their own heading path. */
  addTable(start: number, end: number, headingPath: readonly string[]): void
  finish(): Outline
}

/**
 * A builder of the blocks of `text`. After `DOCUMENT_LIMITS.blocks` of them, what would be another small block joins the
 * one before it, so that a text of nothing but short lines takes no more memory than others.
 */
export function createBlockBuilder(text: string): BlockBuilder {
  const blocks: { -readonly [Key in keyof Block]: Block[Key] }[] = []
  let open: readonly { readonly level: number; readonly heading: string }[] = []
  let places: readonly string[] = []
  let mainHeading = ''
  let firstHeading = ''

  function push(start: number, end: number, kind: Block['kind']): void {
    const headingPath = [...open.map(({ heading }) => heading), ...places]
    const links = kind === 'code' ? [] : linkTargets(text.slice(start, end))
    pushBlock({ start, end, kind, headingPath, links })
  }

  function pushBlock(block: Block): void {
    const before = blocks.at(-1)
    if (
      before !== undefined &&
      blocks.length >= DOCUMENT_LIMITS.blocks &&
      block.end - before.start <= TARGET_CHUNK_BYTES
    ) {
      before.end = block.end
      if (block.links.length > 0) before.links = [...before.links, ...block.links]
    } else {
      blocks.push(block)
    }
  }

  return {
    setPlace(place) {
      places = [place]
    },
    addHeading(start, end, level, heading) {
      const printable = toPrintable(heading, MAX_HEADING_BYTES)
      if (printable !== '') {
        open = [...open.filter((above) => above.level < level), { level, heading: printable }]
        firstHeading ||= printable
        if (level === 1) mainHeading ||= printable
      }
      push(start, end, 'heading')
    },
    add: push,
    addCode(start, end, headingPath, links) {
      pushBlock({ start, end, kind: 'code', headingPath, links })
    },
    addTable(start, end, headingPath) {
      pushBlock({ start, end, kind: 'table', headingPath, links: [] })
    },
    finish: () => ({ blocks, mainHeading, firstHeading }),
  }
}
