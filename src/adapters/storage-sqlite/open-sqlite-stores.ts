import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { ContextStore } from '../../ports/context-store.ts'
import type { KeyStore } from '../../ports/key-store.ts'
import type { LedgerStore } from '../../ports/ledger-store.ts'
import { closeDatabase, openDatabase } from './database.ts'
import { createFileKeyStore } from './file-key-store.ts'
import { contentMigrations, ledgerMigrations } from './schema.ts'
import { createSqliteContextStore } from './sqlite-context-store.ts'
import { createSqliteLedgerStore } from './sqlite-ledger-store.ts'

/** Stores that share a data directory, and the function that closes them and lets the directory go. */
export interface SqliteStores {
  readonly contextStore: ContextStore
  readonly ledgerStore: LedgerStore
  readonly keyStore: KeyStore
  close(): Promise<void>
}

function openContent(directory: string, ledger: DatabaseSync): DatabaseSync {
  try {
    return openDatabase(join(directory, 'content.sqlite'), contentMigrations, 'NORMAL')
  } catch (error) {
    ledger.close()
    throw error
  }
}

/**
 * Opens the stores of a data directory, creating it first where it is missing: `ledger-<network>.sqlite` (chain and
 * payments in the network of that id; every write flushed), `content.sqlite` and `seed.hex`, all for their owner's eyes only. Throws `already-running` while
 * another process has it open, and `unsupported` when a newer version has written it.
 */
export function openSqliteStores({
  directory,
  network,
}: {
  readonly directory: string
  readonly network: string
}): SqliteStores {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const ledger = openDatabase(join(directory, `ledger-${network}.sqlite`), ledgerMigrations, 'FULL')
  const content = openContent(directory, ledger)
  return {
    contextStore: createSqliteContextStore(content),
    ledgerStore: createSqliteLedgerStore(ledger),
    keyStore: createFileKeyStore(join(directory, 'seed.hex')),
    close: async () => {
      await closeDatabase(content)
      await closeDatabase(ledger)
    },
  }
}
