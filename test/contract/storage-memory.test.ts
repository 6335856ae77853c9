import { createMemoryContextStore } from '../../src/adapters/storage-memory/memory-context-store.ts'
import { createMemoryIngestQueue } from '../../src/adapters/storage-memory/memory-ingest-queue.ts'
import { createMemoryKeyStore } from '../../src/adapters/storage-memory/memory-key-store.ts'
import { createMemoryKnownPeers } from '../../src/adapters/storage-memory/memory-known-peers.ts'
import { createMemoryLedgerArchive } from '../../src/adapters/storage-memory/memory-ledger-archive.ts'
import { createMemoryLedgerStore } from '../../src/adapters/storage-memory/memory-ledger-store.ts'
import { createMemoryQuestionLog } from '../../src/adapters/storage-memory/memory-question-log.ts'
import { describeContextStore } from './context-store.contract.ts'
import { describeIngestQueue } from './ingest-queue.contract.ts'
import { describeKeyStore } from './key-store.contract.ts'
import { describeKnownPeers } from './known-peers.contract.ts'
import { describeLedgerArchive } from './ledger-archive.contract.ts'
import { describeLedgerStore } from './ledger-store.contract.ts'
import { describeQuestionLog } from './question-log.contract.ts'
import type { OpenStore } from './open-store.ts'

const inMemory = <T>(store: T): Promise<OpenStore<T>> =>
  Promise.resolve({ store, close: () => Promise.resolve() })

describeContextStore('in memory', () => inMemory(createMemoryContextStore()))
describeLedgerStore('in memory', () => inMemory(createMemoryLedgerStore()))
describeIngestQueue('in memory', () => inMemory(createMemoryIngestQueue()))
describeKeyStore('in memory', () => inMemory(createMemoryKeyStore()))
describeLedgerArchive('in memory', () => inMemory(createMemoryLedgerArchive()))
describeQuestionLog('in memory', () => inMemory(createMemoryQuestionLog()))
describeKnownPeers('in memory', () => inMemory(createMemoryKnownPeers()))
