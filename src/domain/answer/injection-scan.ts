import { INJECTION_RULES, type InjectionSign } from './injection-rules.ts'

export type { InjectionSign }

/** Longer texts are scanned up to here; contexts are at most 64 KiB. */
const MAX_SCANNED = 65_536
/** Characters without a shape of their own, with which words are taken apart. */
const INVISIBLE =
  /[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\u{e0000}-\u{e007f}]/gu
/** Letters of one word, each set apart: "i g n o r e", "i-g-n-o-r-e". */
const SPACED_WORD = /(?<![\p{L}\p{N}])\p{L}(?:([ .\-_*])\p{L})(?:\1\p{L}){2,}(?![\p{L}\p{N}])/gu
/** Words joined by underscores or full stops instead of blanks. */
const JOINED_WORDS = /(?<!\p{L})\p{L}+(?:([._])\p{L}+)(?:\1\p{L}+){2,}/gu
const ASCII_WORD = /[a-z0-9]+/g
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

/** The text as a reader sees it, and what remains when its words are put together again. */
function readableForms(text: string): ReadonlySet<string> {
  const plain = text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase()
  const rejoined = plain
    .replace(SPACED_WORD, (word) => word.replace(/[ .\-_*]/g, ''))
    .replace(JOINED_WORDS, (words) => words.replace(/[._]/g, ' '))
    .replace(ASCII_WORD, withoutDigits)
    .replace(WORD_OF_LOOKALIKES, withoutLookalikes)
  return new Set([plain, rejoined].map((form) => form.replace(/[^\S\n]+/g, ' ').replace(/ ?\n\s*/g, '\n ')))
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
