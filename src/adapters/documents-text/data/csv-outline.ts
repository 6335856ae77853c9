import { MAX_WHOLE_BYTES, TARGET_CHUNK_BYTES } from '../../../domain/content/chunk.ts'
import { DOCUMENT_LIMITS } from '../../../domain/content/document-limits.ts'
import { createBlockBuilder, type Outline } from '../block-builder.ts'
import { outlinePlainText } from '../line-outline.ts'
import { csvCells, csvRows, separatorOf, type CsvRow } from './csv-rows.ts'

/** A table whose header is longer is read as plain text. */
const MAX_HEADER_CHARACTERS = 4_000
const MAX_COLUMN_CHARACTERS = 60

/** A text made of a table, and its parts. */
export interface ReadTable {
  readonly text: string
  readonly outline: Outline
}

interface Header {
  readonly line: string
  readonly columns: readonly string[]
}

/**
 * Reads CSV or TSV into a text of rows in groups of about a chunk, each below the header again, so that no part loses
 * the names of its columns; the heading says which rows they are, the header not counted. A row too long to stand below
 * its header becomes lines of "column: value". A first row with an empty or numeric cell is no header. A table whose header
 * would make it longer than any text may be is read as plain text.
 */
export function readTable(text: string): ReadTable {
  const separator = separatorOf(text)
  const rows = csvRows(text)
  const first = rows.next().value as CsvRow | undefined
  const line = first === undefined ? '' : text.slice(first.start, first.end)
  const plain = (): ReadTable => ({ text, outline: outlinePlainText(text) })
  if (first === undefined || line.length > MAX_HEADER_CHARACTERS) return plain()
  const columns = csvCells(line, separator)
  const isHeader = columns.length > 1 && columns.every((cell) => cell !== '' && Number.isNaN(Number(cell)))
  const header = isHeader ? { line, columns } : undefined
  return layOut(groups(text, isHeader ? rows : csvRows(text), header, separator)) ?? plain()
}

/** A group of rows as they stand in the text, with the position of its first one. */
interface Group {
  readonly text: string
  readonly first: number
  readonly last: number
}

function* groups(
  text: string,
  rows: Iterable<CsvRow>,
  header: Header | undefined,
  separator: string,
): Generator<Group> {
  const top = header === undefined ? '' : `${header.line}\n`
  /** Rows of the group that follow one another in the text, as one stretch of it. */
  let stretches: { readonly start: number; end: number }[] = []
  let count = 0
  let sizeSoFar = top.length
  let position = 0
  const finish = (): Group => {
    const rest = stretches.map(({ start, end }) => text.slice(start, end)).join('\n')
    const group = { text: top + rest, first: position - count + 1, last: position }
    stretches = []
    count = 0
    sizeSoFar = top.length
    return group
  }
  for (const { start, end } of rows) {
    const length = end - start
    const isLong = top.length + length > MAX_WHOLE_BYTES
    if (count > 0 && (isLong || sizeSoFar + length > TARGET_CHUNK_BYTES)) yield finish()
    position++
    if (isLong) {
      yield { text: asRecord(text.slice(start, end), header, separator), first: position, last: position }
    } else {
      const before = stretches.at(-1)
      if (before !== undefined && before.end + 1 === start) before.end = end
      else stretches.push({ start, end })
      count++
      sizeSoFar += length + 1
    }
  }
  if (count > 0) yield finish()
}

function asRecord(line: string, header: Header | undefined, separator: string): string {
  if (header === undefined) return line
  const cells = csvCells(line, separator)
  return cells
    .map((cell, at) => ({ column: (header.columns[at] ?? `${at + 1}`).slice(0, MAX_COLUMN_CHARACTERS), cell }))
    .filter(({ cell }) => cell !== '')
    .map(({ column, cell }) => `${column}: ${cell}`)
    .join('\n')
}

/** Undefined when the groups are too long together. */
function layOut(found: Iterable<Group>): ReadTable | undefined {
  const parts: string[] = []
  const spans: { readonly start: number; readonly end: number; readonly label: string }[] = []
  let start = 0
  for (const { text, first, last } of found) {
    const end = start + text.length
    if (end > DOCUMENT_LIMITS.textBytes) return undefined
    parts.push(text)
    spans.push({ start, end, label: first === last ? `Row ${first}` : `Rows ${first}–${last}` })
    start = end + 2
  }
  const text = parts.join('\n\n')
  const builder = createBlockBuilder(text)
  for (const span of spans) builder.addTable(span.start, span.end, [span.label])
  return { text, outline: builder.finish() }
}
