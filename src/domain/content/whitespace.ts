/** True when the character at an offset is white space or a line end, as `\s` of a regular expression has it. */
export function isSpaceAt(text: string, offset: number): boolean {
  const character = text.charAt(offset)
  return character !== '' && character.trim() === ''
}

/** Offset after the last character in `[start, end)` that is not white space; `start` when there is none. */
export function trimEnd(text: string, start: number, end: number): number {
  let offset = end
  while (offset > start && isSpaceAt(text, offset - 1)) offset--
  return offset
}

/** Offset of the first character in `[start, end)` that is not white space; `end` when there is none. */
export function trimStart(text: string, start: number, end: number): number {
  let offset = start
  while (offset < end && isSpaceAt(text, offset)) offset++
  return offset
}
