/** One line of a text: UTF-16 offsets without its line end. */
export interface TextLine {
  readonly start: number
  readonly end: number
}

/** The lines of a part of a text; `\n` and `\r\n` end a line. */
export function* textLines(text: string, from = 0, to = text.length): Generator<TextLine> {
  for (let start = from; start < to;) {
    const newline = text.indexOf('\n', start)
    const isLast = newline === -1 || newline >= to
    const next = isLast ? to : newline + 1
    const end = isLast ? to : newline
    yield { start, end: end > start && text[end - 1] === '\r' ? end - 1 : end }
    start = next
  }
}
