import type { Dexie } from 'dexie'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { ContextStore } from '../../ports/context-store.ts'
import type { IngestQueue } from '../../ports/ingest-queue.ts'
import type { KeyStore } from '../../ports/key-store.ts'
import type { KnownPeers } from '../../ports/known-peers.ts'
import type { LedgerStore } from '../../ports/ledger-store.ts'
import type { QuestionLog } from '../../ports/question-log.ts'
import type { LedgerArchive } from '../../ports/ledger-archive.ts'
import { createIndexedDbContextStore } from './indexeddb-context-store.ts'
import { createIndexedDbIngestQueue } from './indexeddb-ingest-queue.ts'
import { createIndexedDbKeyStore } from './indexeddb-key-store.ts'
import { createIndexedDbKnownPeers } from './indexeddb-known-peers.ts'
import { createIndexedDbLedgerArchive } from './indexeddb-ledger-archive.ts'
import { createIndexedDbLedgerStore } from './indexeddb-ledger-store.ts'
import { createIndexedDbQuestionLog } from './indexeddb-question-log.ts'
import { rememberLedgerReads } from './remembered-ledger-reads.ts'
import { ArchiveDatabase, ContentDatabase, KeyDatabase, LedgerDatabase, QueueDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** Stores of one browser, and the function that closes them all. */
export interface IndexedDbStores {
  readonly contextStore: ContextStore
  readonly ingestQueue: IngestQueue
  readonly ledgerStore: LedgerStore
  readonly keyStore: KeyStore
  readonly questionLog: QuestionLog
  readonly knownPeers: KnownPeers
  close(): Promise<void>
}

/** Opens a database, unless it is of a newer version: Dexie alone would go on with tables that it doesn't understand. */
async function openDatabase(database: Dexie): Promise<void> {
  const newestKnown = database.verno
  await withStorageErrors(() => database.open())
  // IndexedDB has whole versions only, so Dexie multiplies its own by ten.
  if (Math.floor(database.backendDB().version / 10) > newestKnown) {
    throw new LoremeshError(
      'unsupported',
      'A newer version of Loremesh has written the stored data',
      'Reload the page to get that version',
    )
  }
}

/**
 * Opens the browser's stores in the databases `name` (content), `name-queue` (files not read yet), `name-keys` (seed) and
 * `name-ledger-network` (chain and payments in the network of that id), creating them first where they are missing. Throws `storage-full`, and `unsupported` when a newer version has written them.
 */
export async function openIndexedDbStores({
  name,
  network,
}: {
  readonly name: string
  readonly network: string
}): Promise<IndexedDbStores> {
  const content = new ContentDatabase(name)
  const queue = new QueueDatabase(`${name}-queue`)
  const keys = new KeyDatabase(`${name}-keys`)
  const ledger = new LedgerDatabase(`${name}-ledger-${network}`)
  const close = (): Promise<void> => {
    for (const database of [content, queue, keys, ledger]) database.close()
    return Promise.resolve()
  }
  try {
    await Promise.all([content, queue, keys, ledger].map(openDatabase))
  } catch (error) {
    await close()
    throw error
  }
  return {
    contextStore: createIndexedDbContextStore(content),
    ingestQueue: createIndexedDbIngestQueue(queue),
    ledgerStore: rememberLedgerReads(createIndexedDbLedgerStore(ledger)),
    keyStore: createIndexedDbKeyStore(keys),
    questionLog: createIndexedDbQuestionLog(content),
    knownPeers: createIndexedDbKnownPeers(content, network),
    close,
  }
}

/**
 * Opens the archive of a network in the database `name-archive-network`, creating it first where it is missing. One tab
 * at a time may write it. Throws `storage-full`, and `unsupported` when a newer version has written it.
 */
export async function openIndexedDbLedgerArchive({
  name,
  network,
}: {
  readonly name: string
  readonly network: string
}): Promise<LedgerArchive> {
  const database = new ArchiveDatabase(`${name}-archive-${network}`)
  try {
    await openDatabase(database)
  } catch (error) {
    database.close()
    throw error
  }
  return createIndexedDbLedgerArchive(database)
}
