import type { Account } from '../identity/account.ts'
import type { EntryHash } from './entry.ts'

/** One authority's signed word that it knows no other entry at this place of the account's chain. */
export interface Vote {
  /** Index of the authority in the genesis. */
  readonly authority: number
  readonly signature: Uint8Array
}

/** Votes of at least 2f+1 of 3f+1 authorities for one entry: the entry is final. */
export interface Certificate {
  readonly entryHash: EntryHash
  readonly account: Account
  readonly seq: number
  readonly votes: readonly Vote[]
}
