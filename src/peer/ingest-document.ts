import type { ContextHash } from '../domain/content/context-hash.ts'
import type { DocumentRecord, Visibility } from '../domain/content/document.ts'
import type { DocumentContexts } from '../domain/graph/make-contexts.ts'
import type { ContextOrigin } from '../domain/content/context.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { DocumentParser, SourceFile } from '../ports/document-parser.ts'
import type { DocumentSplitter } from '../ports/document-splitter.ts'
import type { SearchIndex } from './search-index.ts'

/** Contexts that go into the index at a time, so that a question asked meanwhile waits for a few of them only. */
const INDEX_BATCH = 256

/** What became of a file. */
export interface IngestedDocument {
  readonly documentHash: ContextHash
  readonly contexts: number
  /** How earlier versions were seen whose place it has taken; unset when there were none. */
  readonly replaced?: Visibility
}

/** Makes documents of files: reads, splits, stores and indexes them. */
export interface DocumentIngester {
  /** Adds a private document of the user; quiet about one that is there already. Until `onRead`, the signal ends it. */
  addOwn(
    file: SourceFile,
    options: {
      readonly signal: AbortSignal
      readonly onRead: (contexts: number) => void
      /** Called once a document that was not there is stored. */
      readonly onAdded: (document: DocumentRecord) => void
    },
  ): Promise<IngestedDocument>
  /** Adds a document that comes with the app, which is in no list. */
  addGuide(file: SourceFile): Promise<void>
}

/** Creates the ingester of `identity`. */
export function createDocumentIngester(components: {
  readonly identity: Identity
  readonly contextStore: ContextStore
  readonly parser: DocumentParser
  readonly splitter: DocumentSplitter
  readonly index: SearchIndex
  readonly clock: Pick<Clock, 'nowMs'>
}): DocumentIngester {
  const { identity, contextStore, parser, splitter, index, clock } = components

  async function read(
    file: SourceFile,
    origin: ContextOrigin,
    signal?: AbortSignal,
  ): Promise<DocumentContexts> {
    const parsed = await parser.parse(file, signal)
    signal?.throwIfAborted()
    return splitter.split(parsed, {
      path: file.path,
      author: identity.peerId,
      addedAtMs: clock.nowMs(),
      origin,
      visibility: 'private',
    })
  }

  async function addToIndex(contexts: DocumentContexts['contexts']): Promise<void> {
    for (let start = 0; start < contexts.length; start += INDEX_BATCH) {
      await index.add(contexts.slice(start, start + INDEX_BATCH))
    }
  }

  return {
    async addOwn(file, { signal, onRead, onAdded }) {
      const { document, contexts, edges } = await read(file, 'own', signal)
      signal.throwIfAborted()
      onRead(contexts.length)
      const { documentHash } = document
      if ((await contextStore.getDocument(documentHash)) === undefined) {
        await contextStore.putDocument(document, contexts, edges)
        onAdded(document)
        await addToIndex(contexts)
      }
      return { documentHash, contexts: contexts.length }
    },
    async addGuide(file) {
      const { contexts, edges } = await read(file, 'guide')
      await contextStore.putContexts(contexts, edges)
      await addToIndex(contexts)
    },
  }
}
