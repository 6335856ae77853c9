import type { Account } from '../identity/account.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { sumTokens } from '../kernel/micro-tokens.ts'
import type { AccountState, Payment } from './account-state.ts'
import { adjustStanding } from './adjust-standing.ts'
import { checkFrozen, creditShare, emptyStanding, type LedgerLookup, type OperationOf } from './effect.ts'
import { MAX_CHECKPOINT_AGE_MS, type Entry, type Operation, type Voucher } from './entry.ts'
import { networkIdOf } from './genesis.ts'
import { operationEffect } from './operation-effect.ts'
import { claimable, releasable } from './settle-effect.ts'

/*
 * Builders of an account's next entry, with the exact amounts that the account has afterwards. Each throws what
 * `applyEntry` would refuse the entry with, and `not-ready` when no checkpoint is new enough. An entry is never dated
 * before the one it follows or the checkpoint that it names, so that a clock set back does not stop the account, and
 * never names an older checkpoint than the one it follows.
 */

/** When an entry is written. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly timestampMs: number
  /** Height of the newest checkpoint that the writer knows. */
  readonly checkpoint: number
}

type EntryWith<Type extends Operation['type']> = Entry & { readonly operation: OperationOf<Type> }

/** The first entry of an account. */
export function openEntry(account: Account, at: Moment, lookup: LedgerLookup): EntryWith<'open'> {
  return nextEntry({ account }, { type: 'open' }, at, lookup)
}

/** A payment, from credit first. Throws `insufficient-balance` when balance and credit together are less. */
export function payEntry(
  state: AccountState,
  payment: Omit<OperationOf<'pay'>, 'type' | 'fromCredit'>,
  at: Moment,
  lookup: LedgerLookup,
): EntryWith<'pay'> {
  const fromCredit = creditShare(state, payment.amount)
  return nextEntry(state, { type: 'pay', ...payment, fromCredit }, at, lookup)
}

/** A reserve, from credit first. Throws `insufficient-balance` when balance and credit together are less. */
export function reserveEntry(
  state: AccountState,
  reserve: Omit<OperationOf<'reserve'>, 'type' | 'fromCredit'>,
  at: Moment,
  lookup: LedgerLookup,
): EntryWith<'reserve'> {
  const fromCredit = creditShare(state, reserve.cap)
  return nextEntry(state, { type: 'reserve', ...reserve, fromCredit }, at, lookup)
}

/** A claim of at most 64 payments and reserves with the payers' vouchers. */
export function claimEntry(
  state: AccountState,
  claims: readonly { readonly payment: Payment; readonly voucher: Voucher }[],
  at: Moment,
  lookup: LedgerLookup,
): EntryWith<'claim'> {
  const sources = claims.map(({ payment }) => payment.hash)
  const vouchers = claims.map(({ voucher }) => voucher)
  const amount = sumTokens(claims.map(({ payment, voucher }) => claimable(payment, voucher)))
  return nextEntry(state, { type: 'claim', sources, vouchers, amount }, at, lookup)
}

/** Takes back an own payment that lapsed. Throws `not-ready` before that. */
export function reclaimEntry(
  state: AccountState,
  payment: Payment,
  at: Moment,
  lookup: LedgerLookup,
): EntryWith<'reclaim'> {
  return nextEntry(state, { type: 'reclaim', payment: payment.hash }, at, lookup)
}

/** Takes back the rest of an own reserve that was claimed or lapsed. Throws `not-ready` before that. */
export function releaseEntry(
  state: AccountState,
  reserve: Payment,
  at: Moment,
  lookup: LedgerLookup,
): EntryWith<'release'> {
  return nextEntry(state, { type: 'release', reserve: reserve.hash, amount: releasable(reserve) }, at, lookup)
}

/** Takes a grant's wire form into the account as credit. */
export function collectEntry(
  state: AccountState,
  grant: Uint8Array,
  at: Moment,
  lookup: LedgerLookup,
): EntryWith<'collect'> {
  return nextEntry(state, { type: 'collect', grant }, at, lookup)
}

/** The entry after `state`, or the first one of an account of which only the key is given. */
function nextEntry<Op extends Operation>(
  state: AccountState | Pick<AccountState, 'account'>,
  operation: Op,
  at: Moment,
  lookup: LedgerLookup,
): Entry & { readonly operation: Op } {
  const before = 'head' in state ? state : undefined
  if (before !== undefined) checkFrozen(before)
  const checkpoint = Math.max(at.checkpoint, before?.checkpoint ?? 0)
  const timestampMs = dateOf(Math.max(at.timestampMs, before?.timestampMs ?? 0), checkpoint, lookup)
  const standing = before ?? emptyStanding(state.account)
  const adjusted = adjustStanding(standing, before?.checkpoint ?? checkpoint, checkpoint, lookup).standing
  const effect = operationEffect(adjusted, operation, { timestampMs, checkpoint }, lookup)
  return {
    version: 1,
    network: networkIdOf(lookup.genesis),
    account: state.account,
    seq: before === undefined ? 0 : before.seq + 1,
    prev: before?.head ?? null,
    balance: effect.balance,
    credit: effect.credit,
    locked: effect.locked,
    stake: adjusted.stake,
    timestampMs,
    checkpoint,
    operation,
  }
}

/** When an entry of `timestampMs` or later that names a checkpoint is dated. */
function dateOf(timestampMs: number, checkpoint: number, lookup: LedgerLookup): number {
  const timeMs = lookup.checkpoint(checkpoint)?.timeMs
  if (timeMs !== undefined && timestampMs <= timeMs + MAX_CHECKPOINT_AGE_MS) {
    return Math.max(timestampMs, timeMs)
  }
  throw new LoremeshError(
    'not-ready',
    'No checkpoint of the last day is known here',
    'Wait until the authorities answer',
  )
}
