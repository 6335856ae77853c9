import type { Account } from '../identity/account.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { ZERO_TOKENS, type MicroTokens } from '../kernel/micro-tokens.ts'
import type { AccountState, Payment } from './account-state.ts'
import type { EntryHash, Operation } from './entry.ts'
import type { Genesis } from './genesis.ts'
import type { CheckpointTerms } from './network-parameters.ts'

/** What an entry is judged by besides the account's own chain. */
export interface LedgerLookup {
  readonly genesis: Genesis
  /** The payment that a certified entry made; undefined for one that is not known or not certified. */
  payment(hash: EntryHash): Payment | undefined
  /** The final checkpoint of a height; undefined for one that is not known (yet). Height 0 is the genesis. */
  checkpoint(height: number): CheckpointTerms | undefined
  /** Stake that the facts of the checkpoints above `after`, up to `upTo`, take from an account. */
  slashed(account: Account, after: number, upTo: number): MicroTokens
}

/** The part of an account's state that operations work on. */
export type Standing = Pick<AccountState, 'account' | 'balance' | 'credit' | 'locked' | 'stake' | 'grants'>

/** An operation of one type. */
export type OperationOf<Type extends Operation['type']> = Extract<Operation, { type: Type }>

/** What an operation changes. */
export interface Effect {
  readonly balance: MicroTokens
  readonly credit: MicroTokens
  readonly locked: MicroTokens
  readonly grants: readonly string[]
  /** The payment that it makes, named by the hash of its entry. */
  readonly opened?: Omit<Payment, 'hash'>
  /** Payments that it claims or takes back, in their new state. */
  readonly settled: readonly Payment[]
  /** Tokens that come into being. */
  readonly minted: MicroTokens
}

/** The standing of an account before its first entry. */
export function emptyStanding(account: Account): Standing {
  return {
    account,
    balance: ZERO_TOKENS,
    credit: ZERO_TOKENS,
    locked: ZERO_TOKENS,
    stake: ZERO_TOKENS,
    grants: [],
  }
}

/** The effect of doing nothing. */
export function unchanged({ balance, credit, locked, grants }: Standing): Effect {
  return { balance, credit, locked, grants, settled: [], minted: ZERO_TOKENS }
}

/** The part of `amount` that comes from credit, which is used first. */
export function creditShare({ credit }: { readonly credit: MicroTokens }, amount: MicroTokens): MicroTokens {
  return amount < credit ? amount : credit
}

/** Throws `account-frozen` for an account that may write no entry. */
export function checkFrozen({ frozen }: Pick<AccountState, 'frozen'>): void {
  if (!frozen) return
  throw new LoremeshError(
    'account-frozen',
    'The account is frozen because it signed two entries at one place',
  )
}

/** The refusal of an entry that breaks a rule whatever anybody else does. */
export function badEntry(message: string): LoremeshError {
  return new LoremeshError('bad-entry', message)
}
