import type { Account } from '../../src/domain/identity/account.ts'
import type { MicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { AccountLeaf } from '../../src/domain/ledger/account-leaf.ts'
import type { AccountState, Payment } from '../../src/domain/ledger/account-state.ts'
import type { Transition } from '../../src/domain/ledger/apply-entry.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { Vote } from '../../src/domain/ledger/vote.ts'
import type { CertifiedEntry } from '../../src/domain/ledger/certificate.ts'

/*
 * An authority's database is one shard or more. What belongs to an account is in the account's shard: its votes, entries,
 * state, leaf and status. A payment is in the shards of both its parties: the payee's is where it is claimed and lapses,
 * the payer's where it is made and returned, and each learns from the other what happened there. What belongs to no
 * account is in the home shard.
 */

/** The database of one authority. One process has it open at a time. */
export interface AuthorityStore {
  readonly shards: readonly AuthorityShard[]
  /** The first shard, which also holds what belongs to no account. */
  readonly home: AuthorityShard
  /** The shard of an account: the first 4 bytes, big-endian, of its key's SHA-256 modulo the number of shards. */
  shardOf(account: Account): AuthorityShard
  /** Remembers whose ledger this is; throws `bad-input` when it is another network's. */
  bindNetwork(network: Uint8Array): Promise<void>
  /** A payment as far on as any shard knows it, for those who know its hash only. */
  payment(hash: EntryHash): Promise<Payment | undefined>
  /** Sums over all shards. They fit together at any moment, also while payments are on their way between shards. */
  sums(): Promise<LedgerSums>
  close(): Promise<void>
}

/** A part of the database that has transactions of its own. */
export interface AuthorityShard {
  /**
   * Runs `task` in a transaction: serialisable with all others of this shard, on the disk before the promise is resolved,
   * and without a trace when `task` or the commit fails. Transactions that wait for each other share one commit, and a task
   * may be run again when the database asks for it: so `task` awaits nothing but `transaction`'s methods, changes nothing
   * else, and does not use `transaction` afterwards. Payments that it writes are then known in the other party's shard
   * too; when that one can't be reached, as soon as it can, also after a crash. Throws what `task` throws, `storage-full`,
   * `not-connected` when the database can't be reached, and `internal` when it fails: then nobody knows whether it committed.
   */
  transaction<T>(task: (transaction: ShardTransaction) => Promise<T>): Promise<T>
}

/** What a transaction reads and writes in its shard. */
export interface ShardTransaction {
  /** The vote that this authority gave at a place of an account's chain. */
  vote(account: Account, seq: number): Promise<StoredVote | undefined>
  /** Adds the only vote for a place. Throws `conflicting-entry` when there is one. */
  addVote(signed: SignedEntry, vote: Vote): Promise<void>
  /**
   * Forgets the vote at a place together with its settlement votes, so that another entry may get it. Only for a claim
   * that can never be certified, and for a place that a checkpoint declared void.
   */
  releaseVote(account: Account, seq: number): Promise<void>
  /** The entry of an account, payee or payer, that has the vote for claiming a payment or for taking it back. */
  settlementVote(payment: EntryHash, account: Account): Promise<EntryHash | undefined>
  /** Throws `already-claimed` when another entry of the same account has the vote for settling this payment. */
  addSettlementVote(payment: EntryHash, signed: SignedEntry): Promise<void>

  account(account: Account): Promise<AccountState | undefined>
  /** Throws `bad-input`, as everything does that is written here, when the account belongs to another shard. */
  putAccount(state: AccountState): Promise<void>
  /** A payment that an account of this shard makes or receives. */
  payment(hash: EntryHash): Promise<Payment | undefined>
  /**
   * Adds a payment, or moves it on: open, then claimed or lapsed, then returned. Anything else changes nothing. It is
   * opened and returned in its payer's shard, claimed and lapsed in its payee's; throws `bad-input` in the other one.
   */
  putPayment(payment: Payment): Promise<void>
  /** Open payments to an account, those that expire first at the beginning. */
  openPaymentsTo(payee: Account, limit: number): Promise<readonly Payment[]>
  /** Open payments to this shard's accounts that expired before `timeMs`, those that expired first at the beginning. */
  expiredPayments(timeMs: number, limit: number): Promise<readonly Payment[]>

  /**
   * Appends a certified entry, which brings tokens into being or into the pool, to the log. Throws `conflicting-entry` when
   * there is one at its place.
   */
  addEntry(entry: CertifiedEntry, supply: Pick<Transition, 'minted' | 'toPool'>): Promise<void>
  /**
   * Forgets the newest entry of an account, which a checkpoint declared void after it had become certified here alone: it
   * leaves the log with what it brought into being and into the pool, and the account stands at `before` again.
   */
  removeEntry(
    signed: SignedEntry,
    before: AccountState,
    supply: Pick<Transition, 'minted' | 'toPool'>,
  ): Promise<void>
  /**
   * Takes back what a removed entry of `writer` did to a payment, in the shard of either party: from the state `after` it
   * returns to `before`, unclaimed if that is open, or is gone where that is none. In another state it stays as it is.
   */
  restorePayment(
    hash: EntryHash,
    states: { readonly after: Payment['state']; readonly before: Payment['state'] | undefined },
    writer: Account,
  ): Promise<void>
  /** Certified entries of an account from `fromSeq` on, oldest first. */
  entries(account: Account, fromSeq: number, limit: number): Promise<readonly CertifiedEntry[]>
  /** The certified entry with this hash, if its account belongs to this shard. */
  entry(hash: EntryHash): Promise<CertifiedEntry | undefined>
  /** Certified entries in the order in which this shard got them, from a position on. The first position is 1 or more. */
  log(fromPosition: number, limit: number): Promise<readonly LogEntry[]>
  /** Where the same entries stand, and which they are. */
  logHashes(fromPosition: number, limit: number): Promise<readonly LogPlace[]>

  /** Wire form of a grant that was issued. All grants are in the home shard, so that a day's budget is exact. */
  grant(account: Account, id: string): Promise<Uint8Array | undefined>
  addGrant(account: Account, id: string, issuedAtMs: number, wire: Uint8Array): Promise<void>
  grantsIssuedSince(timeMs: number): Promise<number>

  /** Whether an account is frozen or banned; neither unless somebody said so. */
  status(account: Account): Promise<AccountStatus>
  putStatus(account: Account, status: AccountStatus): Promise<void>

  /** Adds the checkpoint of a height; one that is stored already stays. */
  addCheckpoint(checkpoint: StoredCheckpoint): Promise<void>
  checkpoint(height: number): Promise<StoredCheckpoint | undefined>
  newestCheckpoint(): Promise<StoredCheckpoint | undefined>
  /** What the newest checkpoint says about an account of this shard. */
  leaf(account: Account): Promise<AccountLeaf | undefined>
  putLeaf(leaf: AccountLeaf): Promise<void>
  /** Leaves sorted by account, from after `after` on. */
  leaves(after: Account | undefined, limit: number): Promise<readonly AccountLeaf[]>
  /** Accounts with entries that their leaf does not contain yet, sorted by account, from after `after` on. */
  movedAccounts(after: Account | undefined, limit: number): Promise<readonly MovedAccount[]>

  record(kind: RecordKind, key: Uint8Array): Promise<Uint8Array | undefined>
  /** Adds or replaces a record. */
  putRecord(kind: RecordKind, key: Uint8Array, value: Uint8Array): Promise<void>
  /** Adds a record that is never replaced; false, and nothing changes, when there is one under this key. */
  addRecord(kind: RecordKind, key: Uint8Array, value: Uint8Array): Promise<boolean>
  /** Removes a record, if there is one. */
  removeRecord(kind: RecordKind, key: Uint8Array): Promise<void>
  /** Records of a kind in the order of their keys, with `from` ≤ key < `before`. */
  records(
    kind: RecordKind,
    range: { readonly from?: Uint8Array; readonly before?: Uint8Array; readonly limit: number },
  ): Promise<readonly StoredRecord[]>

  /** Sums over this shard. */
  sums(): Promise<LedgerSums>
}

/** What an authority has voted for at one place of an account's chain. */
export interface StoredVote {
  readonly hash: EntryHash
  readonly entryWire: Uint8Array
  readonly vote: Vote
}

/** A certified entry and where it stands in a shard's log. */
export interface LogEntry extends CertifiedEntry {
  readonly position: number
}

/** Which entry stands at a position of a shard's log. */
interface LogPlace {
  readonly position: number
  readonly hash: EntryHash
}

/** What an authority knows against an account. */
export interface AccountStatus {
  /** Lowest seq at which the account signed two entries; null unless it is frozen for that. */
  readonly frozenAtSeq: number | null
  /** When a ban ends; 0 without one. */
  readonly bannedUntilMs: number
}

/** A final checkpoint in wire forms, with the cut of entries that it contains. */
export interface StoredCheckpoint {
  readonly height: number
  readonly header: Uint8Array
  readonly certificate: Uint8Array
  readonly facts: Uint8Array
  readonly cut: Uint8Array
}

/** An account and the seq of its newest certified entry. */
interface MovedAccount {
  readonly account: Account
  readonly seq: number
}

/**
 * Opaque bytes that an authority keeps: where it stands in the agreement on a height, its own messages there, which it
 * must never contradict, payments that it has agreed to let lapse and places that it has agreed to declare void, the newest
 * decided height, facts about accounts, proofs of forks and of double votes, which forks no checkpoint has dealt with and in
 * which order they wait for that, proofs about places that their accounts have not come to, and how far it has read others'
 * logs. Keys are made by `recordKey`.
 */
type RecordKind =
  | 'agreement'
  | 'own-message'
  | 'lapse-hold'
  | 'void-hold'
  | 'decided'
  | 'fact'
  | 'fork-proof'
  | 'open-fork'
  | 'fork-queue'
  | 'early-fork'
  | 'double-vote'
  | 'log-cursor'

/** A record's key and bytes. */
interface StoredRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Sums over everything that is certified, in µT, and counts. */
export interface LedgerSums {
  readonly minted: MicroTokens
  /** What decay and slashes took from accounts. */
  readonly pool: MicroTokens
  readonly balances: MicroTokens
  readonly credits: MicroTokens
  readonly locked: MicroTokens
  readonly stakes: MicroTokens
  /** `pay`s neither claimed nor taken back. Of a single shard: those made there less those settled there, maybe negative. */
  readonly pending: bigint
  /** Claimed of reserves that are not released. Of a single shard: claimed there less released there, maybe negative. */
  readonly drawn: bigint
  readonly accounts: number
  readonly entries: number
}
