import MiniSearch from 'minisearch'
import type { ContextHash } from '../content/context-hash.ts'
import { textTerms } from './tokenize.ts'

/** What the word index reads of a context or candidate. */
export interface IndexedText {
  readonly contextHash: ContextHash
  readonly title: string
  readonly headingPath: readonly string[]
  readonly text: string
  readonly tags: readonly string[]
}

/** Full-text search with BM25 ranking. */
export interface WordIndex {
  /** Adds a text; one with the same hash is replaced. */
  add(text: IndexedText): void
  remove(contextHash: ContextHash): void
  /** BM25 scores, above 0, of the texts that share a term with the question and that `accepts`. */
  search(
    question: string,
    accepts?: (contextHash: ContextHash) => boolean,
    weights?: WordWeights,
  ): ReadonlyMap<ContextHash, number>
}

/** What decides the score of a text; bench/retrieval/fit-weights.ts fits it. */
export interface WordWeights {
  /** Okapi BM25's saturation of repeated terms and its normalisation by length. */
  readonly k1: number
  readonly b: number
  /** Weights of the fields beside the text, which has 1. */
  readonly title: number
  readonly heading: number
  readonly tags: number
  /** A text that has n different terms of the question counts n ** coordination times. */
  readonly coordination: number
}

/** Fitted on the training questions of the evaluation sets. */
export const WORD_WEIGHTS: WordWeights = {
  k1: 1.2,
  b: 0.75,
  title: 0.75,
  heading: 0.5,
  tags: 0.25,
  coordination: 0.5,
}

/** Creates an empty word index. */
export function createWordIndex(): WordIndex {
  const texts = new Map<ContextHash, IndexedText>()
  const index = new MiniSearch<IndexedText>({
    idField: 'contextHash',
    fields: ['text', 'title', 'heading', 'tags'],
    extractField: (text, field) => fieldText(text, field),
    tokenize: textTerms,
    processTerm: (term) => term,
  })

  function remove(contextHash: ContextHash): void {
    const text = texts.get(contextHash)
    if (text === undefined) return
    texts.delete(contextHash)
    index.remove(text)
  }

  return {
    add(text) {
      remove(text.contextHash)
      texts.set(text.contextHash, text)
      index.add(text)
    },
    remove,
    search(question, accepts = () => true, weights = WORD_WEIGHTS) {
      const { k1, b, title, heading, tags, coordination } = weights
      const hits = index.search(question, {
        filter: (hit) => accepts(hit.id as ContextHash),
        combineWith: 'OR',
        // Without BM25+'s lower bound (d).
        bm25: { k: k1, b, d: 0 },
        boost: { text: 1, title, heading, tags },
      })
      // MiniSearch multiplies with the number of terms found, which ranks long texts too high.
      return new Map(
        hits.map(({ id, score, queryTerms }) => [
          id as ContextHash,
          score * queryTerms.length ** (coordination - 1),
        ]),
      )
    },
  }
}

function fieldText(text: IndexedText, field: string): string {
  switch (field) {
    case 'contextHash':
      return text.contextHash
    case 'title':
      return text.title
    case 'heading':
      return text.headingPath.join(' ')
    case 'tags':
      return text.tags.join(' ')
    default:
      return text.text
  }
}
