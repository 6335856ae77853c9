import type { CacheEntry } from '../domain/content/cache-entry.ts'
import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import type { Descriptor, SignedDescriptor } from '../domain/content/descriptor.ts'
import type { DocumentRecord, Visibility } from '../domain/content/document.ts'
import type { Account } from '../domain/identity/account.ts'
import type { Edge } from '../domain/graph/edge.ts'
import type { QuantizedVector, SpaceId } from '../domain/retrieval/embedding.ts'

/** Documents, contexts, vectors and the metadata graph of one peer. Every method is one transaction. */
export interface ContextStore {
  /** Adds a document with all of its contexts and edges; replaces the record when the same text was added before. */
  putDocument(document: DocumentRecord, contexts: readonly Context[], edges: readonly Edge[]): Promise<void>
  getDocument(documentHash: ContextHash): Promise<DocumentRecord | undefined>
  /** All documents, newest first. */
  listDocuments(): Promise<readonly DocumentRecord[]>
  /** Throws `not-found`. */
  setVisibility(documentHash: ContextHash, visibility: Visibility): Promise<void>
  /**
   * Removes a document, its edges, and every own context (with vectors and own descriptor) that no other document holds. One
   * that was bought before it was own stays, and is `cached` again under its entry.
   */
  deleteDocument(documentHash: ContextHash): Promise<void>

  /** Adds contexts shipped with the app; one that is there as `own` stays own. */
  putContexts(contexts: readonly Context[], edges: readonly Edge[]): Promise<void>
  getContext(contextHash: ContextHash): Promise<Context | undefined>
  /** Those that are there, in the order of the hashes. */
  getContexts(contextHashes: readonly ContextHash[]): Promise<readonly Context[]>
  /** Every context; for building indexes at start. */
  listContexts(): Promise<readonly Context[]>
  /** Titles of contexts that are there, or were bought and removed. */
  titlesOf(contextHashes: readonly ContextHash[]): Promise<ReadonlyMap<ContextHash, string>>
  /** True when a shared document holds the context, so that a peer may get it. */
  isShared(contextHash: ContextHash): Promise<boolean>
  /** Hashes of all contexts that shared documents hold. */
  listShared(): Promise<readonly ContextHash[]>

  /** Adds contexts that were bought, and an entry for each; one that is there as `own` or `guide` stays that. */
  putCached(
    contexts: readonly Context[],
    edges: readonly Edge[],
    entries: readonly CacheEntry[],
  ): Promise<void>
  /** An entry for each context that is `cached`, in no order. */
  listCacheEntries(): Promise<readonly CacheEntry[]>
  /** Replaces entries; quiet about those of contexts that are not `cached` any more. */
  updateCacheEntries(entries: readonly CacheEntry[]): Promise<void>
  /**
   * Removes those of the contexts that are `cached`, with their entries, vectors and edges out of them, and gives their
   * hashes. Descriptors stay, by which they can be bought again; so do the titles of the `titles` bought last.
   */
  removeCached(
    contextHashes: readonly ContextHash[],
    keep: { readonly titles: number },
  ): Promise<readonly ContextHash[]>

  putVectors(vectors: ReadonlyMap<ContextHash, QuantizedVector>): Promise<void>
  listVectors(space: SpaceId): Promise<ReadonlyMap<ContextHash, QuantizedVector>>
  /** Forgets all vectors of a space. */
  removeVectors(space: SpaceId): Promise<void>

  /** Stores descriptors, own and of peers, at most one a context and author: the newest. */
  putDescriptors(descriptors: readonly SignedDescriptor[]): Promise<void>
  /** What `author` says about these contexts, in their order; those that it says nothing about are left out. */
  getDescriptors(contextHashes: readonly ContextHash[], author: Account): Promise<readonly SignedDescriptor[]>
  /** Every descriptor, newest first, at most `limit`. */
  listDescriptors(limit: number): Promise<readonly SignedDescriptor[]>
  /** Removes what these authors say about these contexts; quiet about what is not there. */
  deleteDescriptors(descriptors: readonly Pick<Descriptor, 'contextHash' | 'author'>[]): Promise<void>

  /** Edges out of a node (a hash or a peer id). */
  edgesFrom(node: string): Promise<readonly Edge[]>
  /** Edges into a node. */
  edgesTo(node: string): Promise<readonly Edge[]>
  close(): Promise<void>
}
