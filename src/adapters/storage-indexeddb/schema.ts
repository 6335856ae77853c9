import { Dexie, type EntityTable, type Table, type Transaction } from 'dexie'
import { entryOfEarlier, type CacheEntry } from '../../domain/content/cache-entry.ts'
import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { Context } from '../../domain/content/context.ts'
import type { SignedDescriptor } from '../../domain/content/descriptor.ts'
import type { DocumentRecord } from '../../domain/content/document.ts'
import type { IngestFile } from '../../domain/content/ingest-file.ts'
import type { Edge } from '../../domain/graph/edge.ts'
import type { AccountState } from '../../domain/ledger/account-state.ts'
import { countDelivered } from '../../domain/ledger/bookkeeping.ts'
import type { EntryHash } from '../../domain/ledger/entry.ts'
import type { KnownPeer } from '../../domain/network/known-peers.ts'
import type { QuantizedVector, SpaceId } from '../../domain/retrieval/embedding.ts'
import type {
  CheckpointRecord,
  LedgerStore,
  PaymentRecord,
  PurchaseRecord,
} from '../../ports/ledger-store.ts'
import type { KeptQuestion } from '../../ports/question-log.ts'
import { splitSinglePayment, type SinglePayment } from './single-payment.ts'

// How durable a write is can be chosen for a whole Dexie database only. Content is written relaxed (the browser answers
// once the system has it) and can be added or fetched again, and so is the archive of the network's ledger; the chain and
// the key are written strict (flushed to the disk first), because a lost own spend would be signed twice. Each network has
// a ledger database and an archive of its own: a chain that was written for another genesis can't be gone on with, while
// key and library serve in every network.
//
// To change a schema, keep every `version(n)` below and add `version(n + 1)` with the tables that change and an
// `upgrade` that converts their rows. Old tabs get `versionchange`, upon which Dexie closes their connection.

export interface VectorRow extends QuantizedVector {
  readonly contextHash: ContextHash
}

export interface DescriptorRow {
  readonly contextHash: ContextHash
  /** The author's account in hexadecimal. */
  readonly author: string
  readonly createdAtMs: number
  readonly signed: SignedDescriptor
}

export interface EntryRow {
  readonly seq: number
  readonly hash: EntryHash
  readonly wire: Uint8Array
  /** 1 until the entry is certified, then absent: only rows that have it are in its index. */
  readonly pending?: 1
  readonly certificateWire?: Uint8Array
}

/** The peers known in the network of that id. */
export interface KnownPeersRow {
  readonly network: string
  readonly peers: readonly KnownPeer[]
}

/** What a context was called that was bought and removed. */
export type RemovedTitle = Pick<CacheEntry, 'contextHash' | 'title' | 'boughtAtMs'>

/** From version 2 to 3: contexts that were bought get an entry. */
async function addCacheEntries(upgrade: Transaction): Promise<void> {
  const entries: CacheEntry[] = []
  await upgrade.table<Context>('contexts').each((context) => {
    if (context.origin === 'cached') entries.push(entryOfEarlier(context))
  })
  await upgrade.table('cacheEntries').bulkPut(entries)
}

/** Documents, contexts, vectors, descriptors, the graph, questions asked, and peers known in each network. */
export class ContentDatabase extends Dexie {
  declare readonly documents: EntityTable<DocumentRecord, 'documentHash'>
  declare readonly contexts: EntityTable<Context, 'contextHash'>
  /** One for each context that is cached, or was before it was own. */
  declare readonly cacheEntries: EntityTable<CacheEntry, 'contextHash'>
  declare readonly removedTitles: EntityTable<RemovedTitle, 'contextHash'>
  declare readonly vectors: Table<VectorRow, [ContextHash, SpaceId]>
  declare readonly descriptors: Table<DescriptorRow, [ContextHash, string]>
  declare readonly edges: Table<Edge, [string, Edge['kind'], string]>
  declare readonly questions: EntityTable<KeptQuestion, 'id'>
  declare readonly knownPeers: EntityTable<KnownPeersRow, 'network'>

  constructor(name: string) {
    super(name, { chromeTransactionDurability: 'relaxed' })
    this.version(1).stores({
      documents: 'documentHash, addedAtMs, visibility, *contexts',
      contexts: 'contextHash',
      vectors: '[contextHash+space], space',
      descriptors: '[contextHash+author], createdAtMs',
      edges: '[from+kind+to], to',
    })
    this.version(2).stores({ questions: 'id, askedAtMs, [question+askedAtMs]' })
    this.version(3)
      .stores({ cacheEntries: 'contextHash', removedTitles: 'contextHash, boughtAtMs' })
      .upgrade(addCacheEntries)
    this.version(4).stores({ knownPeers: 'network' })
  }
}

/** The only key of `accountStates`, `totals`, `checkpointedSeqs` and `keys`, which hold one row each. */
export const OWN = 'own'

/** What `totals` counts; deleting purchases does not change it. */
export type Totals = Awaited<ReturnType<LedgerStore['totals']>>

/** Totals before the first purchase. */
export const NO_TOTALS: Totals = { contextsServed: 0, contextsFetched: 0 }

/** The totals with a purchase more, or with one less when `sign` is -1. */
export function countPurchase(totals: Totals, purchase: PurchaseRecord, sign: 1 | -1 = 1): Totals {
  const name = purchase.direction === 'in' ? 'contextsServed' : 'contextsFetched'
  return { ...totals, [name]: totals[name] + sign * countDelivered(purchase) }
}

/** From version 1 to 2: what was one record of a payment for one delivery becomes a payment and a purchase. */
async function splitPayments(upgrade: Transaction): Promise<void> {
  const payments = upgrade.table<SinglePayment | PaymentRecord>('payments')
  const singles = (await payments.toArray()) as SinglePayment[]
  const records = singles.map(splitSinglePayment)
  const purchases = records.map(({ purchase }) => purchase)
  await payments.bulkPut(records.map(({ payment }) => payment))
  await upgrade.table('purchases').bulkPut(purchases)
  const totals = purchases.reduce((sum, purchase) => countPurchase(sum, purchase), NO_TOTALS)
  await upgrade.table('totals').put(totals, OWN)
  await upgrade.table('accountStates').toCollection().modify({ checkpoint: 0 })
}

/** The own chain in one network, its payments and purchases, and what is known of the whole ledger. */
export class LedgerDatabase extends Dexie {
  declare readonly entries: EntityTable<EntryRow, 'seq'>
  declare readonly accountStates: Table<AccountState, typeof OWN>
  declare readonly payments: EntityTable<PaymentRecord, 'payment'>
  declare readonly purchases: EntityTable<PurchaseRecord, 'invoice'>
  declare readonly totals: Table<Totals, typeof OWN>
  declare readonly checkpoints: EntityTable<CheckpointRecord, 'height'>
  /** By their digest in hexadecimal. */
  declare readonly forkProofs: Table<Uint8Array, string>
  /** The newest own entry that a checkpoint contains. */
  declare readonly checkpointedSeqs: Table<number, typeof OWN>

  constructor(name: string) {
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(1).stores({
      entries: 'seq, &hash, pending',
      accountStates: '',
      payments: 'payment, &invoice, phase',
    })
    this.version(2)
      .stores({
        payments: 'payment, phase, counterparty',
        purchases: 'invoice, createdAtMs, [payment+createdAtMs]',
        totals: '',
        checkpoints: 'height',
        forkProofs: '',
      })
      .upgrade(splitPayments)
    this.version(3).stores({ checkpointedSeqs: '' })
  }
}

/** Entries of one account, each the parent of the next: what its chain is found by, the first and the last seq. */
export type Run = readonly [chain: Uint8Array, first: number, last: number]

/** Archived entries that share a row; how they are packed is up to `archive-segment.ts`. */
export interface SegmentRow {
  readonly id?: number
  readonly runs: readonly Run[]
  /** When the newest of its entries is dated. */
  readonly newestMs: number
  readonly count: number
  /** Length of `packed`, so that an index has it. */
  readonly bytes: number
  readonly packed: Uint8Array
}

/** A window of the whole network's ledger. */
export class ArchiveDatabase extends Dexie {
  declare readonly segments: Table<SegmentRow, number>
  /** How far logs were read, by their names. */
  declare readonly cursors: Table<number, string>

  constructor(name: string) {
    super(name, { chromeTransactionDurability: 'relaxed' })
    this.version(1).stores({ segments: '++id, *runs, [newestMs+count+bytes]', cursors: '' })
  }
}

/** The bytes of a file that waits; large ones are a Blob, which the browser keeps on the disk. */
export interface ContentRow {
  readonly id: number
  readonly bytes: Uint8Array | Blob
}

/** Files that were added and are not documents yet. */
export class QueueDatabase extends Dexie {
  declare readonly files: EntityTable<IngestFile, 'id'>
  declare readonly contents: EntityTable<ContentRow, 'id'>

  constructor(name: string) {
    super(name, { chromeTransactionDurability: 'relaxed' })
    this.version(1).stores({ files: '++id', contents: 'id' })
  }
}

/** The seed. */
export class KeyDatabase extends Dexie {
  declare readonly keys: Table<Uint8Array, typeof OWN>

  constructor(name: string) {
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(1).stores({ keys: '' })
  }
}
