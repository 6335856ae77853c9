import { stemmer } from 'stemmer'

/** A word as it stands in a text; `start` is its UTF-16 offset. */
export interface Word {
  readonly text: string
  readonly start: number
}

/**
 * What separates words: ASCII and general punctuation, symbols, emoji and private use. Everything else, and "_", belongs
 * to words. Fixed ranges instead of \p{L}, so that engines with different Unicode versions split every text alike.
 */
const SEPARATORS =
  '\\0-/:-@\\[-^`{-\\xa9\\xab-\\xb4\\xb6-\\xb9\\xbb-\\xbf\\xd7\\xf7\\u037e\\u0387\\u055a-\\u055f\\u0589\\u058a\\u05be\\u05c0' +
  '\\u05c3\\u05f3\\u05f4\\u060c\\u061b\\u061f\\u066a-\\u066d\\u06d4\\u0964\\u0965\\u104a-\\u104f\\u1361-\\u1368\\u2000-\\u206f' +
  '\\u20a0-\\u20cf\\u2190-\\u2bff\\u2e00-\\u2e7f\\u3000-\\u3004\\u3008-\\u3020\\u3030\\u303d\\u30fb\\ud800-\\uf8ff\\ufe00-\\ufe1f' +
  '\\ufe30-\\ufe6f\\ufeff-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65\\uffe0-\\uffff\\u{1f000}-\\u{1faff}'
const WORD = new RegExp(`[^${SEPARATORS}]+`, 'gu')
/** Capital letters of Latin, Greek and Cyrillic; their lower case is the same in every Unicode version since 7.0. */
const CASED = /[A-Z\u00c0-\u052f]+/g
const SUB_WORD_BORDER = /_+|(?<=[a-z0-9])(?=[A-Z])/
/** Longer terms are cut, so that encoded data in a text makes no giant terms. */
const MAX_TERM_LENGTH = 64
const MAX_STEMMED_LENGTH = 32
const MAX_CACHED_STEMS = 100_000

/** English words too frequent to tell texts apart. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a an the of to in on for and or is are was were be been being with as by at from that this these those it its what ' +
    'which who whom how when where why do does did can could should would will may might has have had not no your you i ' +
    'we he they she them their our my his her if then than there into about'
  ).split(' '),
)

/** The words of a text, in order. */
export function findWords(text: string): Word[] {
  return Array.from(text.matchAll(WORD), (match) => ({ text: match[0], start: match.index }))
}

/** Lower case, the same in every engine. */
export function lowerCase(word: string): string {
  return word.replace(CASED, (run) => run.toLowerCase())
}

/** Parts of a word in lower case: camelCase and snake_case words have several, other words one. */
export function subWords(word: string): string[] {
  return word
    .split(SUB_WORD_BORDER)
    .filter((part) => part !== '')
    .map(lowerCase)
}

/** Index terms of a word, stemmed: the whole word and, when it has several, its parts. Stop words have none. */
export function wordTerms(word: string): string[] {
  const parts = subWords(word)
  const forms = parts.length > 1 ? [lowerCase(word), ...parts] : parts
  return forms.filter((form) => !STOP_WORDS.has(form)).map(stem)
}

/** Index terms of a text, in order, with repetitions. */
export function textTerms(text: string): string[] {
  return findWords(text).flatMap((word) => wordTerms(word.text))
}

const stems = new Map<string, string>()

/** Porter's stem of a lower-case word, cut to 64 characters. */
function stem(word: string): string {
  if (word.length > MAX_STEMMED_LENGTH) return word.slice(0, MAX_TERM_LENGTH)
  let result = stems.get(word)
  if (result === undefined) {
    result = stemmer(word)
    if (stems.size >= MAX_CACHED_STEMS) stems.clear()
    stems.set(word, result)
  }
  return result
}
