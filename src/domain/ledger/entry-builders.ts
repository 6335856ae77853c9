import type { Account } from '../identity/account.ts'
import { sumTokens } from '../kernel/micro-tokens.ts'
import type { AccountState, Payment } from './account-state.ts'
import type { Entry, Operation } from './entry.ts'
import { networkIdOf, type Genesis } from './genesis.ts'
import { creditShare, emptyStanding, operationEffect } from './operation-effect.ts'

/*
 * Builders of an account's next entry, with the exact amounts that the account has afterwards. Each throws what
 * `applyEntry` would refuse the entry with. Times are in milliseconds. An entry is never dated before the one it
 * follows, so that a clock set back does not stop the account.
 */

type OperationOf<Type extends Operation['type']> = Extract<Operation, { type: Type }>
type EntryWith<Type extends Operation['type']> = Entry & { readonly operation: OperationOf<Type> }

/** The first entry of an account. */
export function openEntry(account: Account, genesis: Genesis, timestampMs: number): EntryWith<'open'> {
  return nextEntry({ account }, { type: 'open' }, timestampMs, genesis)
}

/** A payment, from credit first. Throws `insufficient-balance` when balance and credit together are less. */
export function payEntry(
  state: AccountState,
  genesis: Genesis,
  payment: Omit<OperationOf<'pay'>, 'type' | 'fromCredit'>,
  timestampMs: number,
): EntryWith<'pay'> {
  const fromCredit = creditShare(state, payment.amount)
  return nextEntry(state, { type: 'pay', ...payment, fromCredit }, timestampMs, genesis)
}

/** A claim of at most 64 payments with the payers' acknowledgements, in the same order. */
export function claimEntry(
  state: AccountState,
  genesis: Genesis,
  payments: readonly Payment[],
  vouchers: readonly Uint8Array[],
  timestampMs: number,
): EntryWith<'claim'> {
  const sources = payments.map((payment) => payment.hash)
  const amount = sumTokens(payments.map((payment) => payment.amount))
  return nextEntry(state, { type: 'claim', sources, vouchers, amount }, timestampMs, genesis, payments)
}

/** Takes back an own payment that nobody claimed in time. Throws `not-ready` before its end. */
export function reclaimEntry(
  state: AccountState,
  genesis: Genesis,
  payment: Payment,
  timestampMs: number,
): EntryWith<'reclaim'> {
  return nextEntry(state, { type: 'reclaim', payment: payment.hash }, timestampMs, genesis, [payment])
}

/** Takes a grant's wire form into the account as credit. */
export function collectEntry(
  state: AccountState,
  genesis: Genesis,
  grant: Uint8Array,
  timestampMs: number,
): EntryWith<'collect'> {
  return nextEntry(state, { type: 'collect', grant }, timestampMs, genesis)
}

/** The entry after `state`, or the first one of an account of which only the key is given. */
function nextEntry<Op extends Operation>(
  state: AccountState | Pick<AccountState, 'account'>,
  operation: Op,
  timestampMs: number,
  genesis: Genesis,
  sources: readonly Payment[] = [],
): Entry & { readonly operation: Op } {
  const before = 'head' in state ? state : undefined
  const standing = before ?? emptyStanding(state.account)
  const notBeforeMs = Math.max(timestampMs, before?.timestampMs ?? 0)
  const effect = operationEffect(standing, operation, notBeforeMs, {
    genesis,
    payment: (hash) => sources.find((payment) => payment.hash === hash),
  })
  return {
    version: 1,
    network: networkIdOf(genesis),
    account: state.account,
    seq: before === undefined ? 0 : before.seq + 1,
    prev: before?.head ?? null,
    balance: effect.balance,
    credit: effect.credit,
    locked: standing.locked,
    stake: standing.stake,
    timestampMs: notBeforeMs,
    checkpoint: 0,
    operation,
  }
}
