import { createDuplicateCheck } from '../retrieval/near-duplicates.ts'
import { rankSentences, type RankedSentence } from '../retrieval/rank-sentences.ts'
import { quoteRange, type Quote } from './citation.ts'
import type { PackedPassage } from './pack-passages.ts'

/** A sentence that may be part of the answer. */
export interface QuoteCandidate {
  readonly passage: PackedPassage
  readonly sentences: readonly RankedSentence[]
  /** Place of the sentence in `sentences`. */
  readonly at: number
  readonly text: string
}

/** So many sentences, the best by words and the first of each passage, are worth comparing by meaning. */
const MAX_CANDIDATES = 64
const MAX_QUOTES = 3
/** Least score of the best sentence; below it, nothing relevant was found. Measured over answerable and foreign questions. */
const LEAST_SCORE = 0.36
/** Least score of a further sentence, as a share of the best one's. */
const LEAST_SHARE = 0.65
/** Share of meaning in the score where vectors are known; words decide as for passages. */
const MEANING_SHARE = 0.3
/** Shorter quotes are continued by the sentence after them: "Yes." answers little by itself. */
const SHORT_QUOTE = 60
const LONGEST_QUOTE = 400

/** The sentences of packed passages that may answer a question, best first by words. */
export function findQuoteCandidates(passages: readonly PackedPassage[], question: string): QuoteCandidate[] {
  const ranked = rankSentences(
    passages.map(({ text, citation }) => ({
      text,
      about: [citation.title, ...citation.headingPath].join(' '),
    })),
    question,
  )
  const candidates = passages.flatMap((passage, index) => {
    const sentences = ranked[index] ?? []
    return sentences.map((sentence, at) => ({
      passage,
      sentences,
      at,
      text: passage.text.slice(sentence.start, sentence.end),
      score: sentence.score,
    }))
  })
  return candidates
    .filter(({ sentences, at }) => sentences[at]?.kind !== 'heading')
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, MAX_CANDIDATES)
}

/**
 * The answer in the passages' own words: at most three quotes, best first; none when nothing passes the threshold.
 * `similarities` are cosines of question and candidates, in their order, where an embedder gave vectors.
 */
export function extractAnswer(
  candidates: readonly QuoteCandidate[],
  similarities: readonly number[] | null,
): readonly Quote[] {
  const bestPassage = Math.max(0, ...candidates.map(({ passage }) => passage.score))
  const scored = candidates
    .map((candidate, index) => {
      const { passage, sentences, at } = candidate
      const words = sentences[at]?.score ?? 0
      const similarity = similarities?.[index]
      const own = similarity === undefined ? words : (1 - MEANING_SHARE) * words + MEANING_SHARE * similarity
      // A good sentence of the best passage is likelier to answer than one of the last.
      return {
        ...candidate,
        score: own * (0.5 + (bestPassage > 0 ? (0.5 * passage.score) / bestPassage : 0.5)),
      }
    })
    .sort((a, b) => b.score - a.score)
  const best = scored[0]?.score ?? 0
  if (best < LEAST_SCORE) return []
  const isDuplicate = createDuplicateCheck()
  const quotes: Quote[] = []
  for (const candidate of scored) {
    if (quotes.length === MAX_QUOTES || candidate.score < LEAST_SHARE * best) break
    if (isDuplicate(candidate.text)) continue
    const quote = quoteFrom(candidate)
    if (quotes.some((other) => other.n === quote.n && overlaps(other, quote))) continue
    quotes.push(quote)
  }
  return quotes
}

function overlaps(a: Quote, b: Quote): boolean {
  return a.range.start < b.range.end && b.range.start < a.range.end
}

/** The sentence, and what belongs to it when it is short or introduces a list or code. */
function quoteFrom({ passage, sentences, at }: QuoteCandidate): Quote {
  const { citation, text } = passage
  const { start = 0, end: own = 0 } = sentences[at] ?? {}
  let end = own
  for (const { kind, end: nextEnd } of sentences.slice(at + 1)) {
    const words = text.slice(start, end)
    const introduces = words.endsWith(':')
    if (kind === 'heading' || nextEnd - start > LONGEST_QUOTE) break
    if (!introduces && words.length >= SHORT_QUOTE) break
    end = nextEnd
  }
  return quoteRange(citation, text, { start, end })
}
