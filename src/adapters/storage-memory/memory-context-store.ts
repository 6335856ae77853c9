import { asBought, type CacheEntry } from '../../domain/content/cache-entry.ts'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { Context } from '../../domain/content/context.ts'
import type { SignedDescriptor } from '../../domain/content/descriptor.ts'
import type { DocumentRecord } from '../../domain/content/document.ts'
import type { Edge } from '../../domain/graph/edge.ts'
import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { peerIdToAccount } from '../../domain/identity/account.ts'
import type { QuantizedVector, SpaceId } from '../../domain/retrieval/embedding.ts'
import type { ContextStore } from '../../ports/context-store.ts'
import { settle } from './settle.ts'

/** A context store that lives as long as the process, for ephemeral peers and tests. */
export function createMemoryContextStore(): ContextStore {
  const documents = new Map<ContextHash, DocumentRecord>()
  const contexts = new Map<ContextHash, Context>()
  /** Of contexts that are cached, or were before they were own. */
  const cacheEntries = new Map<ContextHash, CacheEntry>()
  /** Entries of contexts that were removed. */
  const removed = new Map<ContextHash, CacheEntry>()
  const vectorsBySpace = new Map<SpaceId, Map<ContextHash, QuantizedVector>>()
  /** By context, then by the author's account in hexadecimal. */
  const descriptors = new Map<ContextHash, Map<string, SignedDescriptor>>()
  const edges = new Map<string, Edge>()

  const edgeKey = (edge: Edge): string => JSON.stringify([edge.from, edge.kind, edge.to])

  function putEdges(added: readonly Edge[]): void {
    for (const edge of added) edges.set(edgeKey(edge), edge)
  }

  function edgesWhere(matches: (edge: Edge) => boolean): readonly Edge[] {
    return [...edges.values()].filter(matches)
  }

  function requireDocument(documentHash: ContextHash): DocumentRecord {
    const document = documents.get(documentHash)
    if (document === undefined) throw new LoremeshError('not-found', 'This document is not in the library')
    return document
  }

  function sharedHashes(): Set<ContextHash> {
    const shared = [...documents.values()].filter((document) => document.visibility === 'shared')
    return new Set(shared.flatMap((document) => document.contexts))
  }

  const isCached = ({ contextHash }: Pick<CacheEntry, 'contextHash'>): boolean =>
    contexts.get(contextHash)?.origin === 'cached'

  function forgetContext(contextHash: ContextHash): void {
    contexts.delete(contextHash)
    for (const vectors of vectorsBySpace.values()) vectors.delete(contextHash)
  }

  function forgetDescriptor({ contextHash, author }: Context): void {
    descriptors.get(contextHash)?.delete(bytesToHexText(peerIdToAccount(author)))
  }

  /** Removes what only this record of a document held; to be called once the record is gone or replaced. */
  function forgetPartsOf(document: DocumentRecord): void {
    const held = new Set([...documents.values()].flatMap((other) => other.contexts))
    const sources = new Set<string>([document.documentHash])
    for (const contextHash of document.contexts) {
      const context = contexts.get(contextHash)
      if (context?.origin !== 'own' || held.has(contextHash)) continue
      forgetDescriptor(context)
      const entry = cacheEntries.get(contextHash)
      if (entry === undefined) {
        forgetContext(contextHash)
        sources.add(contextHash)
      } else contexts.set(contextHash, asBought(context, entry))
    }
    for (const [key, edge] of edges) {
      const isPart = edge.kind === 'PART_OF' && edge.to === document.documentHash
      if (isPart || sources.has(edge.from)) edges.delete(key)
    }
  }

  /** Removes a context, if it is cached; true when it was. */
  function removeCached(contextHash: ContextHash): boolean {
    const entry = cacheEntries.get(contextHash)
    if (entry === undefined || !isCached(entry)) return false
    forgetContext(contextHash)
    cacheEntries.delete(contextHash)
    removed.set(contextHash, entry)
    for (const [key, edge] of edges) if (edge.from === contextHash) edges.delete(key)
    return true
  }

  function forgetTitles(kept: number): void {
    const newestFirst = [...removed.values()].sort((a, b) => b.boughtAtMs - a.boughtAtMs)
    for (const { contextHash } of newestFirst.slice(kept)) removed.delete(contextHash)
  }

  function putDescriptor(signed: SignedDescriptor): void {
    const { contextHash, author, createdAtMs } = signed.descriptor
    const byAuthor = descriptors.get(contextHash) ?? new Map<string, SignedDescriptor>()
    const known = byAuthor.get(bytesToHexText(author))
    if (known === undefined || known.descriptor.createdAtMs < createdAtMs) {
      byAuthor.set(bytesToHexText(author), signed)
    }
    descriptors.set(contextHash, byAuthor)
  }

  const newestFirst = (signed: Iterable<SignedDescriptor>): SignedDescriptor[] =>
    [...signed].sort((a, b) => b.descriptor.createdAtMs - a.descriptor.createdAtMs)

  return {
    putDocument: (document, added, addedEdges) =>
      settle(() => {
        const replaced = documents.get(document.documentHash)
        documents.set(document.documentHash, document)
        if (replaced !== undefined) forgetPartsOf(replaced)
        for (const context of added) contexts.set(context.contextHash, context)
        putEdges(addedEdges)
      }),
    getDocument: (documentHash) => settle(() => documents.get(documentHash)),
    listDocuments: () => settle(() => [...documents.values()].sort((a, b) => b.addedAtMs - a.addedAtMs)),
    setVisibility: (documentHash, visibility) =>
      settle(() => void documents.set(documentHash, { ...requireDocument(documentHash), visibility })),
    deleteDocument: (documentHash) =>
      settle(() => {
        const document = documents.get(documentHash)
        documents.delete(documentHash)
        if (document !== undefined) forgetPartsOf(document)
      }),

    putContexts: (added, addedEdges) =>
      settle(() => {
        for (const context of added) {
          if (contexts.get(context.contextHash)?.origin === 'own') continue
          contexts.set(context.contextHash, context)
          cacheEntries.delete(context.contextHash)
        }
        putEdges(addedEdges)
      }),
    getContext: (contextHash) => settle(() => contexts.get(contextHash)),
    getContexts: (contextHashes) =>
      settle(() =>
        contextHashes.map((hash) => contexts.get(hash)).filter((context) => context !== undefined),
      ),
    listContexts: () => settle(() => [...contexts.values()]),
    titlesOf: (contextHashes) =>
      settle(() => {
        const known = contextHashes.map((hash) => contexts.get(hash) ?? removed.get(hash))
        return new Map(known.flatMap((one) => (one === undefined ? [] : [[one.contextHash, one.title]])))
      }),
    isShared: (contextHash) => settle(() => sharedHashes().has(contextHash)),
    listShared: () => settle(() => [...sharedHashes()]),

    putCached: (added, addedEdges, entries) =>
      settle(() => {
        const isFree = ({ contextHash }: Pick<Context, 'contextHash'>): boolean =>
          (contexts.get(contextHash)?.origin ?? 'cached') === 'cached'
        for (const entry of entries.filter(isFree)) cacheEntries.set(entry.contextHash, entry)
        for (const context of added.filter(isFree)) contexts.set(context.contextHash, context)
        putEdges(addedEdges)
      }),
    listCacheEntries: () => settle(() => [...cacheEntries.values()].filter(isCached)),
    updateCacheEntries: (entries) =>
      settle(() => {
        for (const entry of entries) {
          if (isCached(entry)) cacheEntries.set(entry.contextHash, entry)
        }
      }),
    removeCached: (contextHashes, { titles }) =>
      settle(() => {
        const gone = contextHashes.filter(removeCached)
        forgetTitles(titles)
        return gone
      }),

    putVectors: (vectors) =>
      settle(() => {
        for (const [contextHash, vector] of vectors) {
          const ofSpace = vectorsBySpace.get(vector.space) ?? new Map<ContextHash, QuantizedVector>()
          vectorsBySpace.set(vector.space, ofSpace.set(contextHash, vector))
        }
      }),
    listVectors: (space) => settle(() => new Map(vectorsBySpace.get(space))),
    removeVectors: (space) => settle(() => void vectorsBySpace.delete(space)),

    putDescriptors: (added) => settle(() => added.forEach(putDescriptor)),
    getDescriptors: (contextHashes, author) =>
      settle(() =>
        contextHashes.flatMap(
          (contextHash) => descriptors.get(contextHash)?.get(bytesToHexText(author)) ?? [],
        ),
      ),
    listDescriptors: (limit) =>
      settle(() => newestFirst([...descriptors.values()].flatMap((of) => [...of.values()])).slice(0, limit)),
    deleteDescriptors: (dropped) =>
      settle(() => {
        for (const { contextHash, author } of dropped) {
          descriptors.get(contextHash)?.delete(bytesToHexText(author))
        }
      }),

    edgesFrom: (node) => settle(() => edgesWhere((edge) => edge.from === node)),
    edgesTo: (node) => settle(() => edgesWhere((edge) => edge.to === node)),
    close: () => Promise.resolve(),
  }
}
