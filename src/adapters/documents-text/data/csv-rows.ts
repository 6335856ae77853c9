/** One row of a table in a text file, as UTF-16 offsets without its line end. */
export interface CsvRow {
  readonly start: number
  readonly end: number
}

const SEPARATORS = [',', ';', '\t', '|'] as const

/** The mark between cells: the one of comma, semicolon, tab and bar that the first line has most of. */
export function separatorOf(text: string): string {
  const [firstLine = ''] = text.slice(0, 10_000).split('\n', 1)
  const counts = SEPARATORS.map((separator) => firstLine.split(separator).length)
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ','
}

/**
 * The rows of a table that are not empty. A line end within quotes belongs to its cell (RFC 4180), unless a quote is
 * never closed, which makes all of them plain characters. Linear in time.
 */
export function* csvRows(text: string): Generator<CsvRow> {
  const mayQuote = !hasOddQuotes(text)
  // Tested, not matched: a match for each of millions of rows takes more memory than the text.
  const marks = /["\n]/g
  let start = 0
  let isQuoted = false
  while (marks.test(text)) {
    const at = marks.lastIndex - 1
    if (text[at] === '"') {
      isQuoted = mayQuote && !isQuoted
    } else if (!isQuoted) {
      const end = text[at - 1] === '\r' ? at - 1 : at
      if (text.slice(start, end).trim() !== '') yield { start, end }
      start = at + 1
    }
  }
  if (text.slice(start).trim() !== '') yield { start, end: text.length }
}

/** The cells of a row, without the quotes around them. */
export function csvCells(row: string, separator: string): string[] {
  const cells: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at <= row.length; at++) {
    if (row[at] === '"') isQuoted = !isQuoted
    if (at === row.length || (row[at] === separator && !isQuoted)) {
      cells.push(unquote(row.slice(start, at).trim()))
      start = at + 1
    }
  }
  return cells
}

function unquote(cell: string): string {
  return /^"[^]*"$/.test(cell) && cell.length > 1 ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd
  return isOdd
}
