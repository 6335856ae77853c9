import { readFileSync } from 'node:fs'
import { createTextDocumentParser } from '../src/adapters/documents-text/text-document-parser.ts'
import type { ContextHash } from '../src/domain/content/context-hash.ts'
import { makeContexts } from '../src/domain/graph/make-contexts.ts'
import type { PeerId } from '../src/domain/identity/account.ts'
import { toIndexedText } from '../src/domain/retrieval/indexed-text.ts'
import type { IndexedText } from '../src/domain/retrieval/word-index.ts'
import { readPackageDocuments } from '../test/support/package-documents.ts'
import { fileBelowModules, listFiles } from './retrieval/corpus.ts'
import {
  readEvaluationSet,
  readSetFile,
  SET_NAMES,
  type EvaluationQuestion,
} from './retrieval/evaluation-set.ts'

/** A file to add to a library, and the passages that it adds to all of them together. */
export interface AskDocument {
  readonly path: string
  readonly text: string
  readonly passages: readonly IndexedText[]
}

/** What a network holds, and questions about it. */
export interface AskCorpus {
  readonly documents: readonly AskDocument[]
  readonly questions: readonly EvaluationQuestion[]
}

/** The sets whose passages are whole, so that a library that adds their files has the very passages that were judged. */
const JUDGED_SETS = ['docs', 'code', 'mixed'] as const
const MAX_DOCUMENTS = 10_000
/** What does not matter here of where contexts are from. */
const SOURCE = { author: '' as PeerId, addedAtMs: 0, origin: 'own', visibility: 'shared' } as const

/**
 * Files of about so many passages, or somewhat more: those of all evaluation sets, and then README files of installed
 * packages in the order of their names. The questions are those of the sets over whole files.
 */
export async function readAskCorpus(passages: number): Promise<AskCorpus> {
  const judged = SET_NAMES.flatMap((name) => readSetFile(name).corpus.flatMap(listFiles)).map((path) => ({
    path: fileBelowModules(path),
    text: readFileSync(path, 'utf8'),
  }))
  const files = new Map(
    [...judged, ...readPackageDocuments(MAX_DOCUMENTS)].map(({ path, text }) => [path, text]),
  )
  const parser = createTextDocumentParser()
  const known = new Set<ContextHash>()
  const documents: AskDocument[] = []
  for (const [path, text] of files) {
    if (known.size >= passages) break
    const document = await parser.parse({ path, bytes: Buffer.from(text) })
    const { contexts } = makeContexts(document, { path, ...SOURCE })
    const added = contexts.filter(({ contextHash }) => !known.has(contextHash)).map(toIndexedText)
    for (const { contextHash } of added) known.add(contextHash)
    documents.push({ path, text, passages: added })
  }
  if (known.size < passages) throw new Error(`Installed packages have only ${known.size} different passages`)
  const sets = await Promise.all(JUDGED_SETS.map(readEvaluationSet))
  return { documents, questions: sets.flatMap(({ questions }) => questions) }
}

/** Deals documents out, each to whoever has the fewest passages, so that all have about as many. */
export function dealDocuments(
  documents: readonly AskDocument[],
  holders: number,
): readonly (readonly AskDocument[])[] {
  const hands = Array.from({ length: holders }, () => ({ passages: 0, documents: [] as AskDocument[] }))
  for (const document of documents) {
    const hand = hands.reduce((fewest, other) => (other.passages < fewest.passages ? other : fewest))
    hand.documents.push(document)
    hand.passages += document.passages.length
  }
  return hands.map((hand) => hand.documents)
}
