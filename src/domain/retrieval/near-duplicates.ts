import { findWords, lowerCase } from './tokenize.ts'

const RUN_WORDS = 3
/** Resemblance of excerpts from which on two offers are of the same; docs/decisions/0040-runs-of-words-are-compared-exactly.md. */
const SAME_OFFER = 0.6
/** Offers of more different sizes are never of the same. */
const MAX_SIZE_RATIO = 1.25
/** Share of a text's runs that another has, from which on the other says all that it does. */
const SAID = 0.8
/** Resemblance from which on a document is another version of one, rather than another document under its name. */
const SAME_DOCUMENT = 0.6
/** The same where the path has no folder: most files that are called README.md are different ones, made of one template. */
const SAME_NAMED_DOCUMENT = 0.8
/** So much of the beginnings of documents is compared. */
const COMPARED_CHARACTERS = 65_536

/**
 * Every run of three words of a text, in lower case: Broder's shingles (1997). A shorter text is one run. Exact sets, for
 * the few dozen texts of one question; what has to find its like among millions would need signatures of them.
 */
export type WordRuns = ReadonlySet<string>

/** The runs of words of a text. */
export function wordRuns(text: string): WordRuns {
  const words = findWords(text).map((word) => lowerCase(word.text))
  const count = Math.max(1, words.length - RUN_WORDS + 1)
  return new Set(Array.from({ length: count }, (_, at) => words.slice(at, at + RUN_WORDS).join(' ')))
}

/** What is known of a passage before it is bought: the runs of an excerpt, and the size of the whole. */
export interface OfferTraits {
  readonly runs: WordRuns
  readonly sizeBytes: number
}

/** Whether two offers are, by their excerpts, of passages that say nearly the same. */
export function areSameOffer(a: OfferTraits, b: OfferTraits): boolean {
  const larger = Math.max(a.sizeBytes, b.sizeBytes)
  const smaller = Math.min(a.sizeBytes, b.sizeBytes)
  return larger <= smaller * MAX_SIZE_RATIO && resemblance(a.runs, b.runs) >= SAME_OFFER
}

/** Whether a whole text says nearly all that another does; what is a small part of the other doesn't. */
export function saysAllOf(text: WordRuns, other: WordRuns): boolean {
  return countShared(text, other) / other.size >= SAID
}

/** Whether a document is another version of one that was added under the same path, by their beginnings. */
export function isVersionOf(path: string, text: string, earlier: string): boolean {
  const runs = wordRuns(text.slice(0, COMPARED_CHARACTERS))
  const earlierRuns = wordRuns(earlier.slice(0, COMPARED_CHARACTERS))
  return resemblance(runs, earlierRuns) >= (path.includes('/') ? SAME_DOCUMENT : SAME_NAMED_DOCUMENT)
}

/** Tells for each text whether one before it says all that it does. */
export function createDuplicateCheck(): (text: string) => boolean {
  const known: WordRuns[] = []
  return (text) => {
    const runs = wordRuns(text)
    if (known.some((other) => saysAllOf(other, runs))) return true
    known.push(runs)
    return false
  }
}

/** Broder's resemblance: the runs that both have as a share of those that either has. */
function resemblance(a: WordRuns, b: WordRuns): number {
  const shared = countShared(a, b)
  return shared / (a.size + b.size - shared)
}

function countShared(a: WordRuns, b: WordRuns): number {
  const [few, many] = a.size < b.size ? [a, b] : [b, a]
  let shared = 0
  for (const run of few) if (many.has(run)) shared += 1
  return shared
}
