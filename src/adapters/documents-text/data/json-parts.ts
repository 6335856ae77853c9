/** A member, an item, or a value at the top, as UTF-16 offsets, end exclusive. */
export interface JsonPart {
  readonly start: number
  /** Where the value begins: after the key of a member. */
  readonly valueStart: number
  readonly end: number
  /** Key of a member; empty otherwise. */
  readonly key: string
}

/** Numbers, words, and the keys without quotes of JSON5. */
const WORD = /[^\s,:{}[\]"'/]+/y
const SPACE = /\s+/y
const MAX_KEY_CHARACTERS = 100

/**
 * The parts of an object or list between its brackets, or the values of a text, found in one walk without recursion;
 * what is inside them is only looked at for brackets and strings. Ends with undefined where that is not well formed.
 */
export function* jsonParts(
  text: string,
  from: number,
  to: number,
  kind: 'members' | 'items' | 'values',
): Generator<JsonPart | undefined, void> {
  let at = skipSpace(text, from)
  while (at < to) {
    const start = at
    const key = kind === 'members' ? readKey(text, at) : { name: '', end: at }
    const end = key && skipValue(text, key.end, to)
    if (key === undefined || end === undefined) {
      yield undefined
      return
    }
    yield { start, valueStart: key.end, end, key: key.name }
    at = skipSpace(text, end)
    if (at >= to) return
    if (text.charAt(at) === ',') {
      at = skipSpace(text, at + 1)
    } else if (kind !== 'values') {
      yield undefined
      return
    }
  }
}

/** The key of a member, and where its value begins. */
function readKey(text: string, at: number): { readonly name: string; readonly end: number } | undefined {
  const keyEnd = skipScalar(text, at)
  const colon = skipSpace(text, keyEnd)
  if (keyEnd === at || text.charAt(colon) !== ':') return undefined
  const isQuoted = '"\''.includes(text.charAt(at))
  const name = isQuoted ? text.slice(at + 1, keyEnd - 1) : text.slice(at, keyEnd)
  return { name: name.slice(0, MAX_KEY_CHARACTERS), end: skipSpace(text, colon + 1) }
}

/** Where a value ends; undefined where there is none or its brackets don't match. */
function skipValue(text: string, from: number, to: number): number | undefined {
  const closing: string[] = []
  let at = from
  while (at < to) {
    const character = text.charAt(at)
    if (character === '{') closing.push('}')
    else if (character === '[') closing.push(']')
    else if (character === '}' || character === ']') {
      if (closing.pop() !== character) return undefined
    }
    const isMark = '{}[],:'.includes(character)
    const end = isMark ? at + 1 : skipScalar(text, at)
    if (end === at) return undefined
    at = end
    if (closing.length === 0) return isMark && !'}]'.includes(character) ? undefined : at
    at = skipSpace(text, at)
  }
  return undefined
}

/** Where a string, number or word ends; `at` itself where there is none. */
function skipScalar(text: string, at: number): number {
  const quote = text.charAt(at)
  return quote === '"' || quote === "'" ? skipString(text, at, quote) : skipMatch(text, at, WORD)
}

function skipString(text: string, at: number, quote: string): number {
  for (let end = text.indexOf(quote, at + 1); end !== -1; end = text.indexOf(quote, end + 1)) {
    let escapes = 0
    while (text[end - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return end + 1
  }
  return at
}

/** Where white space and comments end. */
function skipSpace(text: string, at: number): number {
  let end = skipMatch(text, at, SPACE)
  while (text.charAt(end) === '/') {
    const mark = text.charAt(end + 1) === '*' ? '*/' : '\n'
    const close = text.indexOf(mark, end + 2)
    end = close === -1 ? text.length : skipMatch(text, close + mark.length, SPACE)
  }
  return end
}

function skipMatch(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
