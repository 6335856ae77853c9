/** Control characters other than line breaks and tabs, and marks that reorder the text around them. */
const UNSAFE = /(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu

/** A text of others as a terminal may show it: nothing in it moves the cursor, writes the clipboard or turns text around. */
export function toTerminalText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(UNSAFE, '\uFFFD')
}
