import { Dexie } from 'dexie'
import {
  openIndexedDbLedgerArchive,
  openIndexedDbStores,
  type IndexedDbStores,
} from '../../src/adapters/storage-indexeddb/open-indexeddb-stores.ts'
import type { Context } from '../../src/domain/content/context.ts'
import type { LedgerArchive } from '../../src/ports/ledger-archive.ts'
import { describeCacheUpgrade } from './cache-entries.contract.ts'
import { describeContextStore } from './context-store.contract.ts'
import { describeIngestQueue } from './ingest-queue.contract.ts'
import { describeKeyStore } from './key-store.contract.ts'
import { describeKnownPeers } from './known-peers.contract.ts'
import { describeLedgerArchive } from './ledger-archive.contract.ts'
import { describeLedgerStore } from './ledger-store.contract.ts'
import { describeLedgerUpgrade, type FirstLedger } from './ledger-upgrade.contract.ts'
import { describeQuestionLog } from './question-log.contract.ts'
import type { OpenStore } from './open-store.ts'

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(new Error(`The database ${name} can't be deleted`))
  })
}

/** Removes the databases of closed stores. */
export async function deleteStores(name: string): Promise<void> {
  await deleteDatabase(name)
  await deleteDatabase(`${name}-queue`)
  await deleteDatabase(`${name}-keys`)
  await deleteDatabase(`${name}-ledger-test`)
  await deleteDatabase(`${name}-archive-test`)
}

async function open<T>(pick: (stores: IndexedDbStores) => T, name: string): Promise<OpenStore<T>> {
  const stores = await openIndexedDbStores({ name, network: 'test' })
  return {
    store: pick(stores),
    reopen: async () => {
      await stores.close()
      return open(pick, name)
    },
    close: async () => {
      await stores.close()
      await deleteStores(name)
    },
  }
}

async function openArchive(name: string): Promise<OpenStore<LedgerArchive>> {
  const archive = await openIndexedDbLedgerArchive({ name, network: 'test' })
  return {
    store: archive,
    reopen: async () => {
      await archive.close()
      return openArchive(name)
    },
    close: async () => {
      await archive.close()
      await deleteStores(name)
    },
  }
}

/** Writes the ledger database as version 1 did, schema included. */
async function writeFirstLedger(name: string, { entry, state, payments }: FirstLedger): Promise<void> {
  const database = new Dexie(`${name}-ledger-test`)
  database.version(1).stores({
    entries: 'seq, &hash, pending',
    accountStates: '',
    payments: 'payment, &invoice, phase',
  })
  await database.table('entries').add({ seq: 0, hash: entry.hash, wire: entry.wire, pending: 1 })
  await database.table('accountStates').add(state, 'own')
  await database.table('payments').bulkAdd(payments)
  database.close()
}

/** Writes the content database as version 2 did. */
async function writeSecondContent(name: string, contexts: readonly Context[]): Promise<void> {
  const database = new Dexie(name)
  database.version(2).stores({
    documents: 'documentHash, addedAtMs, visibility, *contexts',
    contexts: 'contextHash',
    vectors: '[contextHash+space], space',
    descriptors: '[contextHash+author], createdAtMs',
    edges: '[from+kind+to], to',
    questions: 'id, askedAtMs, [question+askedAtMs]',
  })
  await database.table('contexts').bulkAdd(contexts)
  database.close()
}

/** Every contract, over whatever IndexedDB the environment has. */
export function describeIndexedDbStores(name: string): void {
  const freshName = (): string => `test-${crypto.randomUUID()}`
  const fresh = <T>(pick: (stores: IndexedDbStores) => T): Promise<OpenStore<T>> => open(pick, freshName())
  describeContextStore(name, () => fresh((stores) => stores.contextStore))
  describeCacheUpgrade(name, async (contexts) => {
    const stores = freshName()
    await writeSecondContent(stores, contexts)
    return open(({ contextStore }) => contextStore, stores)
  })
  describeIngestQueue(name, () => fresh((stores) => stores.ingestQueue))
  describeLedgerStore(name, () => fresh((stores) => stores.ledgerStore))
  describeLedgerUpgrade(name, async (ledger) => {
    const stores = freshName()
    await writeFirstLedger(stores, ledger)
    return open(({ ledgerStore }) => ledgerStore, stores)
  })
  describeLedgerArchive(name, () => openArchive(freshName()))
  describeKeyStore(name, () => fresh((stores) => stores.keyStore))
  describeQuestionLog(name, () => fresh((stores) => stores.questionLog))
  describeKnownPeers(name, () => fresh((stores) => stores.knownPeers))
}
