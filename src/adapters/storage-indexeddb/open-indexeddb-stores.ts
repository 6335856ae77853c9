import type { ContextStore } from '../../ports/context-store.ts'
import type { KeyStore } from '../../ports/key-store.ts'
import type { LedgerStore } from '../../ports/ledger-store.ts'
import { createIndexedDbContextStore } from './indexeddb-context-store.ts'
import { createIndexedDbKeyStore } from './indexeddb-key-store.ts'
import { createIndexedDbLedgerStore } from './indexeddb-ledger-store.ts'
import { ContentDatabase, LedgerDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** Stores that share two databases, and the function that closes both. */
export interface IndexedDbStores {
  readonly contextStore: ContextStore
  readonly ledgerStore: LedgerStore
  readonly keyStore: KeyStore
  close(): Promise<void>
}

/**
 * Opens the browser's stores in the databases `name` (content) and `name-ledger` (chain, payments, seed), creating them
 * first where they are missing. Throws `storage-full`, and `unsupported` when a newer version has written them.
 */
export async function openIndexedDbStores({ name = 'loremesh' } = {}): Promise<IndexedDbStores> {
  const content = new ContentDatabase(name)
  const ledger = new LedgerDatabase(`${name}-ledger`)
  await withStorageErrors(() => Promise.all([content.open(), ledger.open()]))
  return {
    contextStore: createIndexedDbContextStore(content),
    ledgerStore: createIndexedDbLedgerStore(ledger),
    keyStore: createIndexedDbKeyStore(ledger),
    close: () => {
      content.close()
      ledger.close()
      return Promise.resolve()
    },
  }
}
