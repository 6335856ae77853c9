/** UTF-8 bytes of the code point at a UTF-16 offset; an unpaired surrogate counts as the replacement character, 3 bytes. */
function bytesAt(text: string, offset: number): 1 | 2 | 3 | 4 {
  const code = text.codePointAt(offset) ?? 0
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code < 0x1_0000 ? 3 : 4
}

/** Number of UTF-8 bytes of the text between two UTF-16 offsets that lie between characters. */
export function utf8Length(text: string, start = 0, end = text.length): number {
  let bytes = 0
  for (let offset = start; offset < end; ) {
    const size = bytesAt(text, offset)
    bytes += size
    offset += size === 4 ? 2 : 1
  }
  return bytes
}

/** The furthest UTF-16 offset, at most `end` and between two characters, that `maxBytes` UTF-8 bytes from `start` reach. */
export function utf8Advance(text: string, start: number, end: number, maxBytes: number): number {
  let bytes = 0
  let offset = start
  while (offset < end) {
    const size = bytesAt(text, offset)
    bytes += size
    if (bytes > maxBytes) break
    offset += size === 4 ? 2 : 1
  }
  return offset
}

/** Converts UTF-16 offsets of a text, asked in ascending order, to byte offsets in its UTF-8 form in one walk. */
export function createByteOffsets(text: string): (offset: number) => number {
  let lastOffset = 0
  let lastByte = 0
  return (offset) => {
    lastByte += utf8Length(text, lastOffset, offset)
    lastOffset = offset
    return lastByte
  }
}
