import type { Account } from '../domain/identity/account.ts'
import type { CertifiedEntry } from '../domain/ledger/certificate.ts'
import type { EntryHash } from '../domain/ledger/entry.ts'

/**
 * A window of the whole network's ledger: certified entries of any account, which a peer keeps when its user wants that.
 * All of it can be fetched again, so it is written for speed: what was put last may be lost when the machine fails.
 */
export interface LedgerArchive {
  /** Adds entries, best several hundred at once; those that are there already stay as they are. */
  put(batch: readonly CertifiedEntry[]): Promise<void>
  /** The newest entry of an account that is there. */
  head(account: Account): Promise<{ readonly seq: number; readonly hash: EntryHash } | undefined>
  /** The entries of an account from a seq on, oldest first, `limit` at most. Some may be missing between them. */
  entries(account: Account, fromSeq: number, limit: number): Promise<readonly CertifiedEntry[]>
  /** How many entries are there. */
  count(): Promise<number>
  /** How much room they take, about. */
  sizeBytes(): Promise<number>
  /**
   * Removes the entries dated before `sinceMs`, then the oldest until `maxEntries` are left. Entries that are stored
   * together go together, so some old ones stay as long as newer ones beside them.
   */
  prune(keep: { readonly sinceMs: number; readonly maxEntries: number }): Promise<void>
  close(): Promise<void>
}
