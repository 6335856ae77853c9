import type { Account } from '../identity/account.ts'
import type { ContextHash } from './context-hash.ts'

/** Contexts that an author announced as shared. */
export interface AnnouncedContexts {
  readonly author: Account
  readonly contextHashes: readonly ContextHash[]
}

/** Contexts that a peer lists to another one. */
export const MAX_LISTED_CONTEXTS = 2_048
/** Descriptors that are asked for at once. */
export const MAX_DESCRIPTORS_ASKED = 64
