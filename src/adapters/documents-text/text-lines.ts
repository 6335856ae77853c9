/** One line of a text: UTF-16 offsets without its line end. */
export interface TextLine {
  readonly start: number
  readonly end: number
}

/** The lines of a text from an offset on; `\n` and `\r\n` end a line. */
export function* textLines(text: string, from = 0): Generator<TextLine> {
  for (let start = from; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const next = newline === -1 ? text.length : newline + 1
    const end = newline === -1 ? text.length : newline
    yield { start, end: end > start && text[end - 1] === '\r' ? end - 1 : end }
    start = next
  }
}
