import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { asBought } from '../../domain/content/cache-entry.ts'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { Context } from '../../domain/content/context.ts'
import type { DocumentRecord } from '../../domain/content/document.ts'
import type { Edge } from '../../domain/graph/edge.ts'
import { peerIdToAccount } from '../../domain/identity/account.ts'
import { bytesToHexText } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { ContextStore } from '../../ports/context-store.ts'
import { cacheEntryToRow, rowToCacheEntry, type CacheRow } from './cache-rows.ts'
import { closeDatabase, inTransaction } from './database.ts'
import {
  descriptorToRow,
  rowToDescriptor,
  toBlob,
  toComponents,
  type DescriptorRow,
} from './descriptor-rows.ts'

type Row = Record<string, SQLOutputValue>

interface VectorRow {
  readonly context_hash: ContextHash
  readonly scale: number
  readonly components: Uint8Array
}

function toDocument(row: Row): DocumentRecord {
  return JSON.parse(String(row['record'])) as DocumentRecord
}

function toContext(row: Row): Context {
  return JSON.parse(String(row['record'])) as Context
}

function toEdge(row: Row): Edge {
  return { from: row['source'] as string, kind: row['kind'] as Edge['kind'], to: row['target'] as string }
}

/** A context store over an open database. */
export function createSqliteContextStore(database: DatabaseSync): ContextStore {
  const sql = (text: string) => database.prepare(text)
  const replaceDocument = sql('REPLACE INTO documents VALUES (?, ?, ?, ?)')
  const selectDocument = sql('SELECT record FROM documents WHERE document_hash = ?')
  const selectDocuments = sql('SELECT record FROM documents ORDER BY added_at_ms DESC')
  const deleteDocumentRow = sql('DELETE FROM documents WHERE document_hash = ?')
  const insertPart = sql('INSERT OR IGNORE INTO document_contexts VALUES (?, ?)')
  const deleteParts = sql('DELETE FROM document_contexts WHERE document_hash = ?')
  const selectHolder = sql('SELECT 1 FROM document_contexts WHERE context_hash = ?')
  const selectShared = sql(
    `SELECT DISTINCT context_hash FROM document_contexts JOIN documents USING (document_hash)
     WHERE visibility = 'shared'`,
  )
  const selectSharedOne = sql(
    `SELECT 1 FROM document_contexts JOIN documents USING (document_hash)
     WHERE visibility = 'shared' AND context_hash = ?`,
  )
  const replaceContext = sql('REPLACE INTO contexts VALUES (?, ?, ?, ?)')
  const selectContext = sql('SELECT record FROM contexts WHERE context_hash = ?')
  const selectContexts = sql('SELECT record FROM contexts')
  const selectOwn = sql(`SELECT record FROM contexts WHERE context_hash = ? AND origin = 'own'`)
  const selectKept = sql(`SELECT 1 FROM contexts WHERE context_hash = ? AND origin <> 'cached'`)
  const selectTitle = sql(
    `SELECT record ->> 'title' AS title FROM contexts WHERE context_hash = :hash
     UNION ALL SELECT title FROM removed_titles WHERE context_hash = :hash`,
  )
  const replaceEntry = sql(
    `REPLACE INTO cache_entries VALUES (:context_hash, :title, :size_bytes, :seller, :paid, :bought_at_ms,
       :used_at_ms, :uses, :worth, :is_pinned)`,
  )
  const cachedEntries = `SELECT cache_entries.* FROM cache_entries JOIN contexts USING (context_hash) WHERE origin = 'cached'`
  const selectEntries = sql(cachedEntries)
  const selectCached = sql(`${cachedEntries} AND context_hash = ?`)
  const selectEntry = sql('SELECT * FROM cache_entries WHERE context_hash = ?')
  for (const select of [selectEntries, selectCached, selectEntry]) select.setReadBigInts(true)
  const deleteEntry = sql('DELETE FROM cache_entries WHERE context_hash = ?')
  const keepTitle = sql(
    `REPLACE INTO removed_titles SELECT context_hash, title, bought_at_ms FROM cache_entries WHERE context_hash = ?`,
  )
  const deleteOldTitles = sql(
    `DELETE FROM removed_titles WHERE context_hash IN
       (SELECT context_hash FROM removed_titles ORDER BY bought_at_ms DESC LIMIT -1 OFFSET ?)`,
  )
  const deleteContext = sql('DELETE FROM contexts WHERE context_hash = ?')
  const replaceVector = sql('REPLACE INTO vectors VALUES (?, ?, ?, ?)')
  const selectVectors = sql('SELECT context_hash, scale, components FROM vectors WHERE space = ?')
  const deleteVectors = sql('DELETE FROM vectors WHERE context_hash = ?')
  const deleteSpace = sql('DELETE FROM vectors WHERE space = ?')
  const upsertDescriptor = sql(
    `INSERT INTO descriptors VALUES (:context_hash, :author, :created_at_ms, :record, :components, :wire)
     ON CONFLICT DO UPDATE SET created_at_ms = excluded.created_at_ms, record = excluded.record,
       components = excluded.components, wire = excluded.wire
     WHERE excluded.created_at_ms > created_at_ms`,
  )
  const selectDescriptor = sql('SELECT * FROM descriptors WHERE context_hash = ? AND author = ?')
  const selectDescriptors = sql('SELECT * FROM descriptors ORDER BY created_at_ms DESC LIMIT ?')
  const deleteDescriptor = sql('DELETE FROM descriptors WHERE context_hash = ? AND author = ?')
  const insertEdge = sql('INSERT OR IGNORE INTO edges VALUES (?, ?, ?)')
  const selectEdgesFrom = sql('SELECT * FROM edges WHERE source = ?')
  const selectEdgesTo = sql('SELECT * FROM edges WHERE target = ?')
  const deleteEdgesFrom = sql('DELETE FROM edges WHERE source = ?')
  const deletePartsEdges = sql(`DELETE FROM edges WHERE target = ? AND kind = 'PART_OF'`)

  const transact = <T>(step: () => T): Promise<T> => inTransaction(database, step)

  function getDocument(documentHash: ContextHash): DocumentRecord | undefined {
    const row = selectDocument.get(documentHash)
    return row && toDocument(row)
  }

  function getContext(contextHash: ContextHash): Context | undefined {
    const row = selectContext.get(contextHash)
    return row && toContext(row)
  }

  function writeDocument(document: DocumentRecord): void {
    const { documentHash, addedAtMs, visibility, contexts } = document
    replaceDocument.run(documentHash, addedAtMs, visibility, JSON.stringify(document))
    deleteParts.run(documentHash)
    for (const contextHash of contexts) insertPart.run(documentHash, contextHash)
  }

  function writeContext(context: Context): void {
    replaceContext.run(context.contextHash, context.origin, context.author, JSON.stringify(context))
  }

  /** Removes a context, if it is cached; true when it was. */
  function removeCached(contextHash: ContextHash): boolean {
    if (selectCached.get(contextHash) === undefined) return false
    keepTitle.run(contextHash)
    deleteEntry.run(contextHash)
    deleteContext.run(contextHash)
    deleteVectors.run(contextHash)
    deleteEdgesFrom.run(contextHash)
    return true
  }

  function writeEdges(edges: readonly Edge[]): void {
    for (const edge of edges) insertEdge.run(edge.from, edge.kind, edge.to)
  }

  /** Removes an own context that no document holds, and what belongs to it; what was bought before is cached again. */
  function forgetOrphan(contextHash: ContextHash): void {
    const row = selectOwn.get(contextHash)
    if (row === undefined || selectHolder.get(contextHash) !== undefined) return
    const own = toContext(row)
    deleteDescriptor.run(contextHash, bytesToHexText(peerIdToAccount(own.author)))
    const entry = selectEntry.get(contextHash) as unknown as CacheRow | undefined
    if (entry !== undefined) {
      writeContext(asBought(own, rowToCacheEntry(entry)))
      return
    }
    deleteContext.run(contextHash)
    deleteVectors.run(contextHash)
    deleteEdgesFrom.run(contextHash)
  }

  /** Removes what only this record of a document held; to be called once the record is gone or replaced. */
  function forgetPartsOf(document: DocumentRecord): void {
    for (const contextHash of document.contexts) forgetOrphan(contextHash)
    deleteEdgesFrom.run(document.documentHash)
    deletePartsEdges.run(document.documentHash)
  }

  return {
    putDocument: (document, contexts, edges) =>
      transact(() => {
        const replaced = getDocument(document.documentHash)
        writeDocument(document)
        if (replaced !== undefined) forgetPartsOf(replaced)
        contexts.forEach(writeContext)
        writeEdges(edges)
      }),
    getDocument: (documentHash) => transact(() => getDocument(documentHash)),
    listDocuments: () => transact(() => selectDocuments.all().map(toDocument)),
    setVisibility: (documentHash, visibility) =>
      transact(() => {
        const document = getDocument(documentHash)
        if (document === undefined)
          throw new LoremeshError('not-found', 'This document is not in the library')
        writeDocument({ ...document, visibility })
      }),
    deleteDocument: (documentHash) =>
      transact(() => {
        const document = getDocument(documentHash)
        if (document === undefined) return
        deleteDocumentRow.run(documentHash)
        deleteParts.run(documentHash)
        forgetPartsOf(document)
      }),

    putContexts: (contexts, edges) =>
      transact(() => {
        for (const context of contexts) {
          if (selectOwn.get(context.contextHash) !== undefined) continue
          writeContext(context)
          deleteEntry.run(context.contextHash)
        }
        writeEdges(edges)
      }),
    getContext: (contextHash) => transact(() => getContext(contextHash)),
    getContexts: (contextHashes) =>
      transact(() => contextHashes.map(getContext).filter((context) => context !== undefined)),
    listContexts: () => transact(() => selectContexts.all().map(toContext)),
    titlesOf: (contextHashes) =>
      transact(() => {
        const found = contextHashes.map((hash) => [hash, selectTitle.get({ hash })?.['title']] as const)
        return new Map(found.flatMap(([hash, title]) => (title === undefined ? [] : [[hash, String(title)]])))
      }),
    isShared: (contextHash) => transact(() => selectSharedOne.get(contextHash) !== undefined),
    listShared: () =>
      transact(() =>
        (selectShared.all() as { context_hash: ContextHash }[]).map(({ context_hash }) => context_hash),
      ),

    putCached: (contexts, edges, entries) =>
      transact(() => {
        const isFree = ({ contextHash }: Pick<Context, 'contextHash'>): boolean =>
          selectKept.get(contextHash) === undefined
        contexts.filter(isFree).forEach(writeContext)
        for (const entry of entries.filter(isFree)) replaceEntry.run({ ...cacheEntryToRow(entry) })
        writeEdges(edges)
      }),
    listCacheEntries: () =>
      transact(() => (selectEntries.all() as unknown as CacheRow[]).map(rowToCacheEntry)),
    updateCacheEntries: (entries) =>
      transact(() => {
        for (const entry of entries) {
          if (selectCached.get(entry.contextHash) !== undefined)
            replaceEntry.run({ ...cacheEntryToRow(entry) })
        }
      }),
    removeCached: (contextHashes, { titles }) =>
      transact(() => {
        const gone = contextHashes.filter(removeCached)
        deleteOldTitles.run(titles)
        return gone
      }),

    putVectors: (vectors) =>
      transact(() => {
        for (const [contextHash, { space, scale, values }] of vectors) {
          replaceVector.run(space, contextHash, scale, toBlob(values))
        }
      }),
    listVectors: (space) =>
      transact(() => {
        const rows = selectVectors.all(space) as unknown as VectorRow[]
        return new Map(
          rows.map((row) => {
            return [row.context_hash, { space, scale: row.scale, values: toComponents(row.components) }]
          }),
        )
      }),
    removeVectors: (space) => transact(() => void deleteSpace.run(space)),

    putDescriptors: (descriptors) =>
      transact(() => {
        for (const signed of descriptors) upsertDescriptor.run({ ...descriptorToRow(signed) })
      }),
    getDescriptors: (contextHashes, author) =>
      transact(() =>
        contextHashes.flatMap((contextHash) => {
          const row = selectDescriptor.get(contextHash, bytesToHexText(author))
          return row === undefined ? [] : [rowToDescriptor(row as unknown as DescriptorRow)]
        }),
      ),
    listDescriptors: (limit) =>
      transact(() => (selectDescriptors.all(limit) as unknown as DescriptorRow[]).map(rowToDescriptor)),
    deleteDescriptors: (dropped) =>
      transact(() => {
        for (const { contextHash, author } of dropped) {
          deleteDescriptor.run(contextHash, bytesToHexText(author))
        }
      }),

    edgesFrom: (node) => transact(() => selectEdgesFrom.all(node).map(toEdge)),
    edgesTo: (node) => transact(() => selectEdgesTo.all(node).map(toEdge)),
    close: () => closeDatabase(database),
  }
}
