import type { Account } from '../domain/identity/account.ts'
import type { CertifiedEntry } from '../domain/ledger/certificate.ts'
import type { EntryHash } from '../domain/ledger/entry.ts'

/**
 * A window of the whole network's ledger: certified entries of any account, which a peer keeps when its user wants that.
 * All of it can be fetched again, so it is written for speed: what was put last may be lost when the machine fails.
 */
export interface LedgerArchive {
  /**
   * Adds entries, best several hundred at once; those that are there already stay as they are. Gives how many were new.
   */
  put(batch: readonly CertifiedEntry[]): Promise<number>
  /** The newest entry of an account that is there. */
  head(account: Account): Promise<{ readonly seq: number; readonly hash: EntryHash } | undefined>
  /** The entries of an account from a seq on, oldest first, `limit` at most. Some may be missing between them. */
  entries(account: Account, fromSeq: number, limit: number): Promise<readonly CertifiedEntry[]>
  /**
   * A part of everything that is there, from a position on, in an order in which what is put later comes later; 0 is the
   * first position. `limit` entries at most, none at the end.
   */
  page(
    position: number,
    limit: number,
  ): Promise<{ readonly nextPosition: number; readonly entries: readonly CertifiedEntry[] }>
  /** How far a log of this name has been read into the archive; undefined before the first time. */
  cursor(log: string): Promise<number | undefined>
  /** Remembers it, after everything that was put before. */
  putCursor(log: string, position: number): Promise<void>
  /** How many entries are there. */
  count(): Promise<number>
  /** How much room they take, about. */
  sizeBytes(): Promise<number>
  /**
   * Removes the entries dated before `sinceMs`, then the oldest until `maxEntries` are left. Entries that are stored
   * together go together, so some old ones stay as long as newer ones beside them. Cursors stay.
   */
  prune(keep: { readonly sinceMs: number; readonly maxEntries: number }): Promise<void>
  /** Removes everything, cursors included. */
  clear(): Promise<void>
  close(): Promise<void>
}
