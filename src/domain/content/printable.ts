import { utf8Advance, utf8Length } from './utf8.ts'

/**
 * What may not stand in a text that other people see: control characters, line and paragraph separators, and the marks
 * that reorder text around them (bidirectional embeddings, overrides and isolates), with which a title could lie.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u
const UNPRINTABLE_RUN = new RegExp(`(?:\\s|${UNPRINTABLE.source})+`, 'gu')

/** True when a text holds only characters that are safe to show in one line. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text)
}

/** The text in one printable line of at most `maxBytes` UTF-8 bytes; what is cut off is marked by `ellipsis`. */
export function toPrintable(text: string, maxBytes: number, ellipsis = '…'): string {
  const line = text.replace(UNPRINTABLE_RUN, ' ').trim()
  if (utf8Length(line) <= maxBytes) return line
  const end = utf8Advance(line, 0, line.length, maxBytes - utf8Length(ellipsis))
  return line.slice(0, end).trimEnd() + ellipsis
}
