import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import { describeContext } from '../domain/content/describe-context.ts'
import type { DocumentRecord, Visibility } from '../domain/content/document.ts'
import { asPartOf } from '../domain/graph/make-contexts.ts'
import { contextPrice } from '../domain/economy/price.ts'
import { resolveReferences } from '../domain/graph/resolve-references.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens } from '../domain/kernel/micro-tokens.ts'
import { createWritable } from '../domain/kernel/readable.ts'
import type { QuantizedVector } from '../domain/retrieval/embedding.ts'
import type { Clock } from '../ports/clock.ts'
import type { SharedContext } from '../ports/context-routing.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { DocumentParser, SourceFile } from '../ports/document-parser.ts'
import type { DocumentSplitter } from '../ports/document-splitter.ts'
import type { IngestQueue } from '../ports/ingest-queue.ts'
import { earlierVersions, noteSuperseded } from './earlier-versions.ts'
import { createDocumentIngester } from './ingest-document.ts'
import { createIngestion, type Ingest } from './ingestion.ts'
import type { Library } from './peer.ts'
import type { LedgerView } from './ledger-view.ts'
import type { SearchIndex } from './search-index.ts'

/** The library with what only the peer itself calls. */
export interface OwnLibrary extends Library {
  start(): Promise<void>
  /** Stops adding files, for the next start to go on with. */
  stop(): Promise<void>
  /** Adds the guide that comes with the app, which is nobody's own document and is never shared. */
  addGuide(files: readonly SourceFile[]): Promise<void>
  isShared(contextHash: ContextHash): boolean
  /** What is shared, as it is announced. */
  sharedContexts(): Promise<readonly SharedContext[]>
}

/**
 * Creates the library of `identity`. `onAdded` is called when a document was stored, `onCachedAgain` when one was removed that
 * has passages that were bought before, `onSharedChanged` after what is shared changed, with what was added.
 */
export function createLibrary(
  components: {
    readonly identity: Identity
    readonly contextStore: ContextStore
    readonly ingestQueue: IngestQueue
    readonly parser: DocumentParser
    readonly splitter: DocumentSplitter
    readonly index: SearchIndex
    readonly clock: Pick<Clock, 'nowMs' | 'abortable'>
    readonly view: Pick<LedgerView, 'parameters'>
  },
  options: {
    readonly onAdded: (document: DocumentRecord) => void
    readonly onCachedAgain: () => void
    readonly onSharedChanged: (added: readonly Context[]) => void
  },
): OwnLibrary {
  const { identity, contextStore, index, clock, view } = components
  const ingester = createDocumentIngester(components)
  const ingestion = createIngestion({ queue: components.ingestQueue, clock }, (file, reading) =>
    addOwn(file, reading),
  )
  const documents = createWritable<readonly DocumentRecord[]>([])
  let shared = new Set<ContextHash>()
  /** Documents that are about to be shared, until they are, or are made private or removed after all. */
  const opening = new Set<ContextHash>()
  /** What is shared, gathered once after each change. */
  let announced: Promise<readonly SharedContext[]> | undefined

  /**
   * Adds a document, which takes the place of earlier versions of it: those that were there before its file was added, for
   * files of one path that are added together are different ones. It is private, whatever they were.
   */
  const addOwn: Ingest = async (file, reading) => {
    const added = await ingester.addOwn(file, {
      ...reading,
      onAdded(document) {
        putRecord(document)
        options.onAdded(document)
      },
    })
    const { documentHash } = added
    const namesakes = documents
      .get()
      .filter((other) => other.path === file.path && other.addedAtMs < file.addedAtMs)
      .filter((other) => other.documentHash !== documentHash)
    const earlier = await earlierVersions(contextStore, documentHash, namesakes)
    if (earlier.length === 0) return added
    await noteSuperseded(contextStore, documentHash, earlier)
    for (const version of earlier) await remove(version.documentHash)
    const wasShared = earlier.some(({ visibility }) => visibility === 'shared')
    return { ...added, replaced: wasShared ? 'shared' : 'private' }
  }

  async function refresh(): Promise<void> {
    const [records, hashes] = await Promise.all([contextStore.listDocuments(), contextStore.listShared()])
    const before = shared
    shared = new Set(hashes)
    announced = undefined
    documents.set(records)
    await Promise.all([
      index.markShared(missingFrom(shared, before), false),
      index.markShared(missingFrom(before, shared), true),
    ])
  }

  /** Puts a document's new record in the place of its old one, or before all others. */
  function putRecord(record: DocumentRecord): void {
    const { documentHash } = record
    const others = documents.get()
    const known = others.some((other) => other.documentHash === documentHash)
    documents.set(
      known
        ? others.map((other) => (other.documentHash === documentHash ? record : other))
        : [record, ...others],
    )
  }

  const openDocuments = (): readonly DocumentRecord[] =>
    documents.get().filter((document) => document.visibility === 'shared')

  async function gatherShared(): Promise<readonly SharedContext[]> {
    const found = new Map<ContextHash, SharedContext>()
    for (const document of openDocuments()) {
      for (const { contextHash, title, sizeBytes, tags } of await partsOf(document)) {
        found.set(contextHash, { contextHash, title, sizeBytes, tags })
      }
    }
    return [...found.values()]
  }

  async function requireDocument(documentHash: ContextHash): Promise<DocumentRecord> {
    const document = await contextStore.getDocument(documentHash)
    if (document === undefined) throw new LoremeshError('not-found', 'This document is not in the library')
    return document
  }

  async function contextsOf(documentHash: ContextHash): Promise<readonly Context[]> {
    return partsOf(await requireDocument(documentHash))
  }

  async function partsOf(document: DocumentRecord): Promise<readonly Context[]> {
    const contexts = await contextStore.getContexts(document.contexts)
    return contexts.map((context) => asPartOf(document, context))
  }

  /**
   * Documents that a context links to, as far as they are shared: the hash of a private one must not leave. Links to
   * documents that are shared later are not in descriptors made now.
   */
  async function sharedReferences(context: Context): Promise<readonly ContextHash[]> {
    const edges = await contextStore.edgesFrom(context.contextHash)
    const targets = edges.filter((edge) => edge.kind === 'REFERENCES').map((edge) => edge.to)
    return [...resolveReferences(targets, openDocuments()).values()]
  }

  /** Vectors by which these contexts are announced, once they have them: without one they are hardly found. */
  async function vectorsOf(contexts: readonly Context[]): Promise<ReadonlyMap<ContextHash, QuantizedVector>> {
    const hashes = contexts.map(({ contextHash }) => contextHash)
    const vectors = await index.vectorsOf(hashes)
    if (vectors.size === hashes.length) return vectors
    await index.whenFilled()
    // Waits for those that are still being added.
    await index.add(await contextStore.getContexts(hashes))
    return index.vectorsOf(hashes)
  }

  /** Signs and stores descriptors of contexts that are about to be shared. */
  async function describe(contexts: readonly Context[]): Promise<void> {
    const vectors = await vectorsOf(contexts)
    const descriptors = await Promise.all(
      contexts.map(async (context) => {
        const vector = vectors.get(context.contextHash) ?? null
        return describeContext(context, vector, await sharedReferences(context), identity, clock.nowMs())
      }),
    )
    await contextStore.putDescriptors(descriptors)
  }

  /** What was shared under the name of a document that isn't any more, and is still shared with another one. */
  async function describeAgain({ documentHash, contexts }: DocumentRecord): Promise<void> {
    const left = new Set(contexts)
    for (const document of openDocuments()) {
      if (document.documentHash === documentHash) continue
      const parts = await partsOf(document)
      await describe(parts.filter((context) => left.has(context.contextHash)))
    }
  }

  async function remove(documentHash: ContextHash): Promise<void> {
    opening.delete(documentHash)
    const document = await requireDocument(documentHash)
    const { contexts } = document
    await contextStore.deleteDocument(documentHash)
    const stored = await contextStore.getContexts(contexts)
    const left = new Set(stored.map((context) => context.contextHash))
    await index.remove(contexts.filter((contextHash) => !left.has(contextHash)))
    if (stored.some(({ origin }) => origin === 'cached')) options.onCachedAgain()
    await refresh()
    await describeAgain(document)
    options.onSharedChanged([])
  }

  return {
    documents,
    files: ingestion.files,
    contextCount: index.size,
    async start() {
      await refresh()
      await index.start()
      await ingestion.start()
    },
    stop: ingestion.stop,
    enqueue: ingestion.enqueue,
    async add(added) {
      return ingestion.finished(await ingestion.enqueue(added))
    },
    retryFiles: ingestion.retry,
    removeFiles: ingestion.remove,
    async addGuide(guide) {
      for (const file of guide) await ingester.addGuide(file)
    },
    titles: (contextHashes) => contextStore.titlesOf(contextHashes),
    contexts: contextsOf,
    async previewShare(documentHash) {
      const [document, contexts] = await Promise.all([
        requireDocument(documentHash),
        contextsOf(documentHash),
      ])
      const { pricePerKb } = view.parameters()
      const price = sumTokens(contexts.map(({ sizeBytes }) => contextPrice(sizeBytes, pricePerKb)))
      return { document, contexts, price }
    },
    async setVisibility(documentHash, visibility: Visibility) {
      const document = await requireDocument(documentHash)
      if (visibility === 'private') {
        opening.delete(documentHash)
        await contextStore.setVisibility(documentHash, visibility)
        await refresh()
        await describeAgain(document)
        options.onSharedChanged([])
        return
      }
      if (document.visibility === 'shared') return
      opening.add(documentHash)
      const contexts = await partsOf(document)
      await describe(contexts)
      if (!opening.delete(documentHash)) return
      await contextStore.setVisibility(documentHash, visibility)
      for (const contextHash of document.contexts) shared.add(contextHash)
      await index.markShared(document.contexts, true)
      announced = undefined
      putRecord({ ...document, visibility })
      options.onSharedChanged(contexts)
    },
    remove,
    tags() {
      const counts = new Map<string, number>()
      for (const document of documents.get()) {
        for (const tag of document.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
      }
      const byCount = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
      return Promise.resolve(byCount.map(([tag]) => tag))
    },
    isShared: (contextHash) => shared.has(contextHash),
    sharedContexts() {
      announced ??= gatherShared().catch((error: unknown) => {
        announced = undefined
        throw error
      })
      return announced
    },
  }
}

/** Those of `hashes` that are not among `others`. */
function missingFrom(
  others: ReadonlySet<ContextHash>,
  hashes: ReadonlySet<ContextHash>,
): readonly ContextHash[] {
  return [...hashes].filter((contextHash) => !others.has(contextHash))
}
