import { findWords, lowerCase } from '../retrieval/tokenize.ts'

/** Words of one shingle: long enough that two texts on one subject share few. */
const SHINGLE_WORDS = 4
/** Share of the shorter text's shingles that the other has, from which on they say the same. */
const SAME_SHARE = 0.8

/**
 * Tells for each text whether one before it says the same: equal words, or, by the containment of Broder's shingles, at
 * least 80 % of the shorter one's runs of four words. Exact and quadratic, for the few passages of one answer.
 */
export function createDuplicateCheck(): (text: string) => boolean {
  const known: ReadonlySet<string>[] = []
  return (text) => {
    const shingles = shinglesOf(text)
    if (known.some((other) => isContained(shingles, other))) return true
    known.push(shingles)
    return false
  }
}

function shinglesOf(text: string): ReadonlySet<string> {
  const words = findWords(text).map((word) => lowerCase(word.text))
  if (words.length <= SHINGLE_WORDS) return new Set([words.join(' ')])
  const starts = words.slice(0, words.length - SHINGLE_WORDS + 1)
  return new Set(starts.map((_, at) => words.slice(at, at + SHINGLE_WORDS).join(' ')))
}

function isContained(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  let shared = 0
  for (const shingle of small) if (large.has(shingle)) shared += 1
  return shared >= SAME_SHARE * small.size
}
