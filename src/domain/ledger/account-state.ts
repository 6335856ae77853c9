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
  readonly frozen: boolean
  /** Ids of the grants collected so far. */
  readonly grants: readonly string[]
}

/** A payment on its way from payer to payee. `fromCredit` of the amount came from spend-only tokens and stays such. */
export interface Payment {
  readonly hash: EntryHash
  readonly payer: Account
  readonly payee: Account
  readonly amount: MicroTokens
  readonly fromCredit: MicroTokens
  readonly expiresAtMs: number
  readonly state: 'open' | 'claimed' | 'reclaimed'
}
