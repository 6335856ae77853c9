import type { List, ListItem, RootContent } from 'mdast'
import { fromMarkdown, type CompileContext, type Extension, type Token } from 'mdast-util-from-markdown'
import { toString as nodeToText } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'
import { TARGET_CHUNK_BYTES } from '../../domain/content/chunk.ts'
import { createBlockBuilder, type BlockBuilder, type Outline } from './block-builder.ts'
import { outlineMarkdownLines } from './line-outline.ts'
import { textLines } from './text-lines.ts'

/**
 * Texts beyond these are outlined line by line. The parser reads about 0.2 MB/s where lines are short, and takes 4 kB of
 * memory for each line and each cell of a table; its time grows with the square of the depth of quotes and lists.
 */
const MAX_PARSED = {
  characters: 131_072,
  lines: 8_000,
  cells: 20_000,
  /** Quotes and list items that one line opens. */
  containers: 8,
  /** Characters before a list item. */
  indentation: 80,
} as const
const MAX_HEADING_CHARACTERS = 400

/**
 * Only the block structure is parsed. What stands within a line is switched off, and definitions too: blocks don't need
 * it, and on hostile text it takes time that grows with the square of the length.
 */
const blocksOnly = {
  disable: {
    null: [
      ...['attention', 'autolink', 'characterEscape', 'characterReference', 'codeText', 'hardBreakEscape'],
      ...['htmlText', 'labelStartImage', 'labelStartLink', 'labelEnd', 'definition'],
    ],
  },
}
/** Of GitHub's additions only tables are blocks. */
const tables = { flow: gfm().flow ?? {} }
const tableAsNode: Extension = {
  enter: {
    table(this: CompileContext, token: Token) {
      this.enter({ type: 'table', children: [] }, token)
    },
  },
  exit: {
    table(this: CompileContext, token: Token) {
      this.exit(token)
    },
  },
}

/** Finds the blocks of Markdown (CommonMark with tables) from an offset on. Never throws, and takes seconds at most on any text. */
export function outlineMarkdown(text: string, from = 0): Outline {
  if (isTooIntricate(text, from)) return outlineMarkdownLines(text, from)
  const tree = fromMarkdown(text.slice(from), {
    extensions: [tables, blocksOnly],
    mdastExtensions: [tableAsNode],
  })
  const builder = createBlockBuilder(text)
  for (const node of tree.children) addNode(builder, node, from)
  return builder.finish()
}

function addNode(builder: BlockBuilder, node: RootContent, from: number, start = from + startOf(node)): void {
  const end = from + (node.position?.end.offset ?? 0)
  if (node.type === 'heading') {
    builder.addHeading(start, end, node.depth, inlineText(nodeToText(node)))
  } else if (node.type === 'html') {
    addHtml(builder, node.value, start, end)
  } else if (isLongList(node, end - start)) {
    node.children.forEach((part, index) => addNode(builder, part, from, index === 0 ? start : undefined))
  } else {
    builder.add(start, end, node.type === 'code' || node.type === 'table' ? node.type : 'prose')
  }
}

/** True for a list or item that is better taken apart; its first part then begins with its marker. */
function isLongList(node: RootContent, characters: number): node is List | ListItem {
  const isList = node.type === 'list' || node.type === 'listItem'
  return isList && characters > TARGET_CHUNK_BYTES && node.children.length > 0
}

function startOf(node: RootContent): number {
  return node.position?.start.offset ?? 0
}

/** A heading written as HTML, as at the top of many READMEs, is a heading; other HTML is prose. */
function addHtml(builder: BlockBuilder, value: string, start: number, end: number): void {
  const heading = value.length < 2000 ? /^<h([1-6])\b[^>]*>([\s\S]*)<\/h\1>\s*$/i.exec(value) : null
  if (heading === null) builder.add(start, end, 'prose')
  else builder.addHeading(start, end, Number(heading[1]), (heading[2] ?? '').replace(/<[^<>]*>/g, ' '))
}

/** The plain text of a line of Markdown, without its marks. */
function inlineText(markdown: string): string {
  if (markdown.length > MAX_HEADING_CHARACTERS || !/[\\`*_[\]<>&~]/.test(markdown)) return markdown
  const line = markdown.replaceAll('\n', ' ')
  return nodeToText(fromMarkdown(`# ${line}`), { includeImageAlt: false, includeHtml: false })
}

/** True when a text has more of anything that costs the parser than people write. */
function isTooIntricate(text: string, from: number): boolean {
  if (text.length - from > MAX_PARSED.characters) return true
  let lines = 0
  let cells = 0
  for (const { start, end } of textLines(text, from)) {
    const line = text.slice(start, end)
    lines += 1
    cells += line.split('|').length - 1
    if (lines > MAX_PARSED.lines || cells > MAX_PARSED.cells || opensTooMuch(line)) return true
  }
  return false
}

function opensTooMuch(line: string): boolean {
  const [containers = ''] = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/.exec(line) ?? []
  return (
    containers.replace(/[\s\d]/g, '').length > MAX_PARSED.containers ||
    containers.search(/\S/) > MAX_PARSED.indentation
  )
}
