import { TARGET_CHUNK_BYTES } from '../../../domain/content/chunk.ts'
import { toPrintable } from '../../../domain/content/printable.ts'
import { createBlockBuilder, type BlockBuilder, type Outline } from '../block-builder.ts'
import { jsonParts, type JsonPart } from './json-parts.ts'

/** Deeper values are part of the one around them. */
const MAX_DEPTH = 16
const MAX_KEY_BYTES = 120

/**
 * Finds the parts of JSON, with comments or not, under their key paths: a value that fits is kept whole, a longer one is
 * taken apart, and what is short is packed with its neighbours. Parts of a list are headed by their positions, such as
 * "[12–19]". Undefined for text that is no JSON. Several values after each other are read as a list, as in JSON Lines.
 */
export function outlineJson(text: string): Outline | undefined {
  const builder = createBlockBuilder(text)
  const [first, second] = jsonParts(text, 0, text.length, 'values')
  if (first === undefined) return undefined
  const isWellFormed =
    second === undefined
      ? addValue(builder, text, first, [], 0)
      : addParts(builder, text, jsonParts(text, 0, text.length, 'values'), [], 0)
  return isWellFormed ? builder.finish() : undefined
}

/** Adds the blocks of a value; false when it is no JSON. */
function addValue(
  builder: BlockBuilder,
  text: string,
  { start, valueStart, end }: JsonPart,
  path: readonly string[],
  depth: number,
): boolean {
  const opening = text.charAt(valueStart)
  if ((opening !== '{' && opening !== '[') || end - start <= TARGET_CHUNK_BYTES || depth === MAX_DEPTH) {
    builder.addCode(start, end, path, [])
    return true
  }
  const kind = opening === '{' ? 'members' : 'items'
  return addParts(builder, text, jsonParts(text, valueStart + 1, end - 1, kind), path, depth)
}

/** Adds parts in groups of about a chunk, and each long one by itself; false when they are no JSON. */
function addParts(
  builder: BlockBuilder,
  text: string,
  parts: Iterable<JsonPart | undefined>,
  path: readonly string[],
  depth: number,
): boolean {
  let group: { readonly start: number; end: number; readonly first: number; readonly isList: boolean } | undefined
  let position = 0
  const close = (): void => {
    if (group === undefined) return
    const { start, end, first, isList } = group
    builder.addCode(start, end, isList ? [...path, positions(first, position - 1)] : path, [])
    group = undefined
  }
  for (const part of parts) {
    if (part === undefined) return false
    if (group !== undefined && part.end - group.start > TARGET_CHUNK_BYTES) close()
    if (part.end - part.start > TARGET_CHUNK_BYTES) {
      const name = part.key === '' ? positions(position, position) : toPrintable(part.key, MAX_KEY_BYTES)
      if (!addValue(builder, text, part, [...path, name], depth + 1)) return false
    } else if (group === undefined) {
      group = { start: part.start, end: part.end, first: position, isList: part.key === '' }
    } else {
      group.end = part.end
    }
    position++
  }
  close()
  return true
}

function positions(first: number, last: number): string {
  return first === last ? `[${first}]` : `[${first}–${last}]`
}
