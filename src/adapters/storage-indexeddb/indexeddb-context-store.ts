import type { Collection, Table } from 'dexie'
import { asBought, type CacheEntry } from '../../domain/content/cache-entry.ts'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { Context } from '../../domain/content/context.ts'
import type { SignedDescriptor } from '../../domain/content/descriptor.ts'
import type { DocumentRecord } from '../../domain/content/document.ts'
import { peerIdToAccount } from '../../domain/identity/account.ts'
import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { SpaceId } from '../../domain/retrieval/embedding.ts'
import type { ContextStore } from '../../ports/context-store.ts'
import { compact } from './compact.ts'
import type { ContentDatabase, DescriptorRow } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** Rows that are written without a pause. */
const PART = 500

function toDescriptorRow({ descriptor, wire }: SignedDescriptor): DescriptorRow {
  const { contextHash, author, createdAtMs, vector } = descriptor
  return {
    contextHash,
    author: bytesToHexText(author),
    createdAtMs,
    signed: {
      descriptor: {
        ...descriptor,
        author: compact(author),
        vector: vector && { ...vector, values: compact(vector.values) },
      },
      wire: compact(wire),
    },
  }
}

/** Rows whose compound key begins with `part`: in the order of keys an array comes after every text. */
function startingWith<Row, Key>(table: Table<Row, Key>, part: string): Collection<Row, Key> {
  return table.where(':id').between([part], [part, []])
}

/** Puts rows a few at a time: each is copied at once, and the page must not stand still for a whole large document. */
async function putInParts<Row>(
  table: { bulkPut(rows: readonly Row[]): PromiseLike<unknown> },
  rows: readonly Row[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += PART) await table.bulkPut(rows.slice(start, start + PART))
}

/** The newest row of each context and author. */
function newestRows(rows: readonly DescriptorRow[]): DescriptorRow[] {
  const newest = new Map<string, DescriptorRow>()
  for (const row of rows) {
    const key = row.contextHash + row.author
    const known = newest.get(key)
    if (known === undefined || known.createdAtMs < row.createdAtMs) newest.set(key, row)
  }
  return [...newest.values()]
}

/** A context store over an open database. */
export function createIndexedDbContextStore(database: ContentDatabase): ContextStore {
  const { documents, contexts, cacheEntries, removedTitles, vectors, descriptors, edges } = database
  const everyTable = [documents, contexts, cacheEntries, vectors, descriptors, edges]

  /** Contexts that documents hold: one read of all documents is faster than one cursor step a context. */
  async function findHeld(): Promise<ReadonlySet<ContextHash>> {
    return new Set((await documents.toArray()).flatMap((document) => document.contexts))
  }

  /** Own contexts among these that no document holds. */
  async function findOrphans(contextHashes: readonly ContextHash[]): Promise<Context[]> {
    const held = await findHeld()
    const free = await contexts.bulkGet(contextHashes.filter((contextHash) => !held.has(contextHash)))
    return free.filter((context) => context !== undefined).filter((context) => context.origin === 'own')
  }

  /** Entries of those among these that are cached; others have one, too, that were bought before they were own. */
  async function findCached(contextHashes: readonly ContextHash[]): Promise<CacheEntry[]> {
    const hashes = [...contextHashes]
    const [found, known] = await Promise.all([cacheEntries.bulkGet(hashes), contexts.bulkGet(hashes)])
    return found.flatMap((entry, at) =>
      entry !== undefined && known[at]?.origin === 'cached' ? [entry] : [],
    )
  }

  async function forgetVectors(contextHashes: readonly ContextHash[]): Promise<void> {
    const spaces = (await vectors.orderBy('space').uniqueKeys()) as SpaceId[]
    await vectors.bulkDelete(
      spaces.flatMap((space) => contextHashes.map((hash): [ContextHash, SpaceId] => [hash, space])),
    )
  }

  async function forgetEdgesFrom(nodes: readonly ContextHash[]): Promise<void> {
    // Reading the keys first and deleting them at once is faster than one deletion of a range a node.
    const keys = nodes.map((node) => startingWith(edges, node).primaryKeys())
    await edges.bulkDelete((await Promise.all(keys)).flat())
  }

  /**
   * Removes what only this record of a document held, but for what was bought before, which is cached again; to be called once
   * the record is gone or replaced.
   */
  async function forgetPartsOf({ documentHash, contexts: parts }: DocumentRecord): Promise<void> {
    const orphans = await findOrphans(parts)
    const entries = await cacheEntries.bulkGet(orphans.map(({ contextHash }) => contextHash))
    const bought = orphans.flatMap((own, at) => {
      const entry = entries[at]
      return entry === undefined ? [] : [asBought(own, entry)]
    })
    await contexts.bulkPut(bought)
    const hashes = orphans.flatMap(({ contextHash }, at) => (entries[at] === undefined ? [contextHash] : []))
    await contexts.bulkDelete(hashes)
    await descriptors.bulkDelete(
      orphans.map(({ contextHash, author }) => [contextHash, bytesToHexText(peerIdToAccount(author))]),
    )
    await forgetVectors(hashes)
    await forgetEdgesFrom([documentHash, ...hashes])
    const partEdges = edges.where('to').equals(documentHash)
    await partEdges.and((edge) => edge.kind === 'PART_OF').delete()
  }

  return {
    putDocument: (document, added, addedEdges) =>
      withStorageErrors(() =>
        database.transaction('rw', everyTable, async () => {
          const replaced = await documents.get(document.documentHash)
          await documents.put(document)
          if (replaced !== undefined) await forgetPartsOf(replaced)
          await putInParts(contexts, added)
          await putInParts(edges, addedEdges)
        }),
      ),
    getDocument: (documentHash) => withStorageErrors(() => documents.get(documentHash)),
    listDocuments: () => withStorageErrors(() => documents.orderBy('addedAtMs').reverse().toArray()),
    setVisibility: (documentHash, visibility) =>
      withStorageErrors(async () => {
        const found = await documents.where({ documentHash }).modify({ visibility })
        if (found === 0) throw new LoremeshError('not-found', 'This document is not in the library')
      }),
    deleteDocument: (documentHash) =>
      withStorageErrors(() =>
        database.transaction('rw', everyTable, async () => {
          const document = await documents.get(documentHash)
          await documents.delete(documentHash)
          if (document !== undefined) await forgetPartsOf(document)
        }),
      ),

    putContexts: (added, addedEdges) =>
      withStorageErrors(() =>
        database.transaction('rw', contexts, cacheEntries, edges, async () => {
          const known = await contexts.bulkGet(added.map((context) => context.contextHash))
          const free = added.filter((_, index) => known[index]?.origin !== 'own')
          await putInParts(contexts, free)
          await cacheEntries.bulkDelete(free.map(({ contextHash }) => contextHash))
          await edges.bulkPut(addedEdges)
        }),
      ),
    getContext: (contextHash) => withStorageErrors(() => contexts.get(contextHash)),
    getContexts: (contextHashes) =>
      withStorageErrors(async () => {
        const found = await contexts.bulkGet([...contextHashes])
        return found.filter((context) => context !== undefined)
      }),
    listContexts: () => withStorageErrors(() => contexts.toArray()),
    titlesOf: (contextHashes) =>
      withStorageErrors(async () => {
        const [held, removed] = await Promise.all([
          contexts.bulkGet([...contextHashes]),
          removedTitles.bulkGet([...contextHashes]),
        ])
        const known = [...removed, ...held].filter((one) => one !== undefined)
        return new Map(known.map(({ contextHash, title }) => [contextHash, title]))
      }),
    isShared: (contextHash) =>
      withStorageErrors(async () => {
        const holders = await documents.where('contexts').equals(contextHash).toArray()
        return holders.some((document) => document.visibility === 'shared')
      }),
    listShared: () =>
      withStorageErrors(async () => {
        const shared = await documents.where({ visibility: 'shared' }).toArray()
        return [...new Set(shared.flatMap((document) => document.contexts))]
      }),

    putCached: (added, addedEdges, entries) =>
      withStorageErrors(() =>
        database.transaction('rw', contexts, cacheEntries, edges, async () => {
          const known = await contexts.bulkGet(added.map((context) => context.contextHash))
          const free = added.filter((_, index) => (known[index]?.origin ?? 'cached') === 'cached')
          const hashes = new Set(free.map((context) => context.contextHash))
          await contexts.bulkPut(free)
          await cacheEntries.bulkPut(entries.filter(({ contextHash }) => hashes.has(contextHash)))
          await edges.bulkPut(addedEdges)
        }),
      ),
    listCacheEntries: () =>
      withStorageErrors(() =>
        database.transaction('r', documents, cacheEntries, async () => {
          const held = await findHeld()
          return (await cacheEntries.toArray()).filter(({ contextHash }) => !held.has(contextHash))
        }),
      ),
    updateCacheEntries: (entries) =>
      withStorageErrors(() =>
        database.transaction('rw', contexts, cacheEntries, async () => {
          const cached = await findCached(entries.map(({ contextHash }) => contextHash))
          const hashes = new Set(cached.map(({ contextHash }) => contextHash))
          await cacheEntries.bulkPut(entries.filter(({ contextHash }) => hashes.has(contextHash)))
        }),
      ),
    removeCached: (contextHashes, { titles }) =>
      withStorageErrors(() =>
        database.transaction('rw', contexts, cacheEntries, removedTitles, vectors, edges, async () => {
          const gone = await findCached(contextHashes)
          const hashes = gone.map(({ contextHash }) => contextHash)
          await contexts.bulkDelete(hashes)
          await cacheEntries.bulkDelete(hashes)
          await forgetVectors(hashes)
          await forgetEdgesFrom(hashes)
          await removedTitles.bulkPut(
            gone.map(({ contextHash, title, boughtAtMs }) => ({ contextHash, title, boughtAtMs })),
          )
          const tooMany = removedTitles.orderBy('boughtAtMs').reverse().offset(titles)
          await removedTitles.bulkDelete(await tooMany.primaryKeys())
          return hashes
        }),
      ),

    putVectors: (added) =>
      withStorageErrors(async () => {
        await vectors.bulkPut(
          [...added].map(([contextHash, { space, values, scale }]) => {
            return { contextHash, space, values: compact(values), scale }
          }),
        )
      }),
    listVectors: (space) =>
      withStorageErrors(async () => {
        const rows = await vectors.where({ space }).toArray()
        return new Map(rows.map(({ contextHash, values, scale }) => [contextHash, { space, values, scale }]))
      }),
    removeVectors: (space) =>
      withStorageErrors(async () => {
        await vectors.where({ space }).delete()
      }),

    putDescriptors: (added) =>
      withStorageErrors(() =>
        database.transaction('rw', descriptors, async () => {
          const rows = newestRows(added.map(toDescriptorRow))
          const known = await descriptors.bulkGet(rows.map((row) => [row.contextHash, row.author]))
          await descriptors.bulkPut(
            rows.filter((row, index) => (known[index]?.createdAtMs ?? -Infinity) < row.createdAtMs),
          )
        }),
      ),
    getDescriptors: (contextHashes, author) =>
      withStorageErrors(async () => {
        const name = bytesToHexText(author)
        const rows = await descriptors.bulkGet(contextHashes.map((contextHash) => [contextHash, name]))
        return rows.flatMap((row) => row?.signed ?? [])
      }),
    listDescriptors: (limit) =>
      withStorageErrors(async () => {
        const rows = await descriptors.orderBy('createdAtMs').reverse().limit(limit).toArray()
        return rows.map((row) => row.signed)
      }),
    deleteDescriptors: (dropped) =>
      withStorageErrors(() =>
        descriptors.bulkDelete(
          dropped.map(({ contextHash, author }) => [contextHash, bytesToHexText(author)]),
        ),
      ),

    edgesFrom: (node) => withStorageErrors(() => startingWith(edges, node).toArray()),
    edgesTo: (node) => withStorageErrors(() => edges.where('to').equals(node).toArray()),
    close: () => {
      database.close()
      return Promise.resolve()
    },
  }
}
