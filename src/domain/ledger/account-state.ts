import type { Account } from '../identity/account.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { EntryHash } from './entry.ts'

/** Where an account stands after its newest known entry: the fold of its chain. */
export interface AccountState {
  readonly account: Account
  readonly head: EntryHash
  readonly seq: number
  readonly balance: MicroTokens
  readonly credit: MicroTokens
  readonly locked: MicroTokens
  readonly stake: MicroTokens
  readonly timestampMs: number
  /** Height of the checkpoint up to which system facts are contained in the amounts. */
  readonly checkpoint: number
  readonly frozen: boolean
  /** Ids of the grants collected so far. */
  readonly grants: readonly string[]
}

/**
 * Tokens on their way from payer to payee, made by a `pay` or a `reserve` entry, whose hash names them.
 *
 *     pay      open → claimed                or  open → lapsed → returned
 *     reserve  open → claimed → returned     or  open → lapsed → returned
 *
 * `lapsed` is a checkpoint's fact: the payee can claim no more. A payer takes back what was not claimed.
 */
export interface Payment {
  readonly hash: EntryHash
  readonly kind: 'pay' | 'reserve'
  readonly payer: Account
  readonly payee: Account
  /** Of a reserve: the most that can be claimed. */
  readonly amount: MicroTokens
  /** Part of `amount` that came from spend-only tokens, and stays such. It is used up first. */
  readonly fromCredit: MicroTokens
  readonly expiresAtMs: number
  /** What the payee claimed; 0 until then. */
  readonly claimed: MicroTokens
  readonly state: 'open' | 'claimed' | 'lapsed' | 'returned'
}
