import { INJECTION_RULES, type InjectionSign } from './injection-rules.ts'

export type { InjectionSign }

/** Longer texts are scanned up to here; contexts are at most 64 KiB. */
const MAX_SCANNED = 65_536
/** Characters without a shape of their own, with which words are taken apart. */
const INVISIBLE =
  /[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\u{e0000}-\u{e007f}]/gu
/** Runs that may be base64 of a sentence; shorter ones hold no order. */
const BASE64 = /[A-Za-z0-9+/]{20,}={0,2}/g
const MAX_BASE64_RUNS = 100
/** Words that orders are made of. A reader sees through their middle letters being out of order, and so do models. */
const ORDER_WORDS = [
  'ignore ignoring disregard override bypass forget reveal instruction instructions previous prior system prompt',
  'safety restrictions guidelines directives commands everything developer assistant',
].flatMap((words) => words.split(' '))
/** Letters of one word, each set apart: "i g n o r e", "i-g-n-o-r-e". */
const SPACED_WORD = /(?<![\p{L}\p{N}])\p{L}(?:([ .\-_*])\p{L})(?:\1\p{L}){2,}(?![\p{L}\p{N}])/gu
/** Words joined by underscores or full stops instead of blanks. */
const JOINED_WORDS = /(?<!\p{L})\p{L}+(?:([._])\p{L}+)(?:\1\p{L}+){2,}/gu
const ASCII_WORD = /[a-z0-9]+/g
const LATIN_WORD = /[a-z]{5,12}/g
const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PROPER_SPELLINGS = new Map(ORDER_WORDS.map((word) => [outline(word), word]))
const DIGITS_FOR_LETTERS: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
}
/** A word that mixes Latin with Cyrillic or Greek letters, or is all of those that look Latin. */
const WORD_OF_LOOKALIKES = /[a-z\u0370-\u04ff]+/g
const LOOKALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  і: 'i',
  ј: 'j',
  к: 'k',
  ӏ: 'l',
  м: 'm',
  о: 'o',
  р: 'p',
  ѕ: 's',
  т: 't',
  у: 'y',
  х: 'x',
  α: 'a',
  ε: 'e',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
}

/**
 * What a passage tries to do with a language model that reads it, each sign once; empty for one that only informs. A
 * heuristic that labels, never a filter: the text goes on unchanged, and what protects the reader is that no passage is
 * an instruction.
 */
export function scanForInjection(text: string): readonly InjectionSign[] {
  const signs = new Set<InjectionSign>()
  for (const form of readableForms(text.slice(0, MAX_SCANNED))) {
    for (const { sign, pattern } of INJECTION_RULES) {
      if (!signs.has(sign) && pattern.test(form)) signs.add(sign)
    }
  }
  return [...signs]
}

/** The text as a reader sees it, what remains when its words are put together again, and what stands encoded in it. */
function readableForms(text: string): ReadonlySet<string> {
  const plain = text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase()
  const rejoined = plain
    .replace(SPACED_WORD, (word) => word.replace(/[ .\-_*]/g, ''))
    .replace(JOINED_WORDS, (words) => words.replace(/[._]/g, ' '))
    .replace(ASCII_WORD, withoutDigits)
    .replace(WORD_OF_LOOKALIKES, withoutLookalikes)
    .replace(LATIN_WORD, unscramble)
  const decoded = decodeRuns(text)
  const forms = decoded === '' ? [plain, rejoined] : [plain, rejoined, decoded.toLowerCase()]
  return new Set(forms.map((form) => form.replace(/[^\S\n]+/g, ' ').replace(/ ?\n\s*/g, '\n ')))
}

/** What stands in base64 in a text, as far as that is text. */
function decodeRuns(text: string): string {
  const runs = Array.from(text.matchAll(BASE64), ([run]) => run).slice(0, MAX_BASE64_RUNS)
  return runs.map(decodeBase64).filter(isSentence).join('\n')
}

/** The ASCII text that a run of base64 stands for; a character of another byte is a blank square. */
function decodeBase64(run: string): string {
  let decoded = ''
  let bits = 0
  let held = 0
  for (const digit of run) {
    const value = BASE64_DIGITS.indexOf(digit)
    if (value === -1) break
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    const byte = (bits >> held) & 0xff
    decoded += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '\u25a1'
  }
  return decoded
}

/** Whether a decoded run has words; names and paths that happen to be base64 decode to noise. */
function isSentence(decoded: string): boolean {
  return decoded.includes(' ') && !decoded.includes('\u25a1')
}

/** A word of orders in its proper spelling, when its first and last letters and the set of the others are right. */
function unscramble(word: string): string {
  return PROPER_SPELLINGS.get(outline(word)) ?? word
}

/** The first letter, the others in alphabetical order, and the last. */
function outline(word: string): string {
  return word.slice(0, 1) + Array.from(word.slice(1, -1)).sort().join('') + word.slice(-1)
}

/** A word with the letters that its digits stand for; a number stays. */
function withoutDigits(word: string): string {
  return /[a-z]/.test(word) ? word.replace(/[013457]/g, (digit) => DIGITS_FOR_LETTERS[digit] ?? digit) : word
}

/** The Latin word that a word looks like; words of another script stay. */
function withoutLookalikes(word: string): string {
  const latin = word.replace(/./g, (letter) => LOOKALIKES[letter] ?? letter)
  return /^[a-z]+$/.test(latin) ? latin : word
}
