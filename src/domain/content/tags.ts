import { toPrintable } from './printable.ts'

/** A document carries at most this many tags. */
export const MAX_TAGS = 12
/** Longest tag in UTF-8 bytes. */
export const MAX_TAG_BYTES = 40

/** Tags in their one form: lower case, words joined by hyphens, printable, clipped, each once, in the given order. */
export function normalizeTags(tags: readonly string[]): readonly string[] {
  const normal = tags.map((tag) =>
    toPrintable(tag.normalize('NFC').toLowerCase().replace(/^[\s#]+/, ''), MAX_TAG_BYTES, '').replaceAll(' ', '-'),
  )
  return [...new Set(normal)].filter((tag) => tag !== '').slice(0, MAX_TAGS)
}
