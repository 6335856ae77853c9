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
  search(question: string, accepts?: (contextHash: ContextHash) => boolean): ReadonlyMap<ContextHash, number>
}

/** Okapi BM25 (k1, b) without BM25+'s lower bound (d), as evaluated with this tokenizer. */
const BM25 = { k: 1.2, b: 0.75, d: 0 }
/** The text decides; what is around it helps. */
const FIELD_WEIGHTS = { text: 1, title: 0.5, heading: 0.5, tags: 0.25 }

/** Creates an empty word index. */
export function createWordIndex(): WordIndex {
  const texts = new Map<ContextHash, IndexedText>()
  const index = new MiniSearch<IndexedText>({
    idField: 'contextHash',
    fields: Object.keys(FIELD_WEIGHTS),
    extractField: (text, field) => fieldText(text, field),
    tokenize: textTerms,
    processTerm: (term) => term,
    searchOptions: { bm25: BM25, boost: FIELD_WEIGHTS, combineWith: 'OR' },
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
    search(question, accepts = () => true) {
      const hits = index.search(question, { filter: (hit) => accepts(hit.id as ContextHash) })
      return new Map(hits.map((hit) => [hit.id as ContextHash, hit.score]))
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
