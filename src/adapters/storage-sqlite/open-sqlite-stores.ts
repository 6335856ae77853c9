import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { ContextStore } from '../../ports/context-store.ts'
import type { IngestQueue } from '../../ports/ingest-queue.ts'
import type { KeyStore } from '../../ports/key-store.ts'
import type { KnownPeers } from '../../ports/known-peers.ts'
import type { LedgerStore } from '../../ports/ledger-store.ts'
import type { QuestionLog } from '../../ports/question-log.ts'
import { closeDatabase, openDatabase } from './database.ts'
import { createFileKeyStore } from './file-key-store.ts'
import { contentMigrations, ledgerMigrations, queueMigrations } from './schema.ts'
import { createSqliteContextStore } from './sqlite-context-store.ts'
import { createSqliteIngestQueue } from './sqlite-ingest-queue.ts'
import { createSqliteKnownPeers } from './sqlite-known-peers.ts'
import { createSqliteLedgerStore } from './sqlite-ledger-store.ts'
import { createSqliteQuestionLog } from './sqlite-question-log.ts'

/** Stores that share a data directory, and the function that closes them and lets the directory go. */
export interface SqliteStores {
  readonly contextStore: ContextStore
  readonly ingestQueue: IngestQueue
  readonly ledgerStore: LedgerStore
  readonly keyStore: KeyStore
  readonly questionLog: QuestionLog
  readonly knownPeers: KnownPeers
  close(): Promise<void>
}

/** Opens another database of the directory; closes those that are open already when it can't be opened. */
function openBeside(
  opened: readonly DatabaseSync[],
  path: string,
  migrations: readonly string[],
): DatabaseSync {
  try {
    return openDatabase(path, migrations, 'NORMAL')
  } catch (error) {
    for (const database of opened) database.close()
    throw error
  }
}

/**
 * Opens the stores of a data directory, creating it first where it is missing: `ledger-<network>.sqlite` (chain and
 * payments in the network of that id; every write flushed), `content.sqlite`, `queue.sqlite` (files not read yet) and
 * `seed.hex`, all for their owner's eyes only. Throws `already-running` while
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
  const content = openBeside([ledger], join(directory, 'content.sqlite'), contentMigrations)
  const queue = openBeside([ledger, content], join(directory, 'queue.sqlite'), queueMigrations)
  return {
    contextStore: createSqliteContextStore(content),
    ingestQueue: createSqliteIngestQueue(queue),
    ledgerStore: createSqliteLedgerStore(ledger),
    keyStore: createFileKeyStore(join(directory, 'seed.hex')),
    questionLog: createSqliteQuestionLog(content),
    knownPeers: createSqliteKnownPeers(content, network),
    close: async () => {
      await closeDatabase(content)
      await closeDatabase(queue)
      await closeDatabase(ledger)
    },
  }
}
