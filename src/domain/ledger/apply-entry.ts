import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import type { AccountState, Payment } from './account-state.ts'
import { adjustStanding } from './adjust-standing.ts'
import { checkFrozen, emptyStanding, type Effect, type LedgerLookup, type Standing } from './effect.ts'
import { MAX_CHECKPOINT_AGE_MS, type Entry } from './entry.ts'
import { operationEffect } from './operation-effect.ts'
import type { VerifiedEntry } from './verify-entry.ts'

/** What an entry changes. */
export interface Transition {
  readonly state: AccountState
  /** Payments that it makes, claims or takes back, as they are afterwards. */
  readonly payments: readonly Payment[]
  /** Tokens that came into being. */
  readonly minted: MicroTokens
  /** Tokens that decay and slashes took for the pool. */
  readonly toPool: MicroTokens
}

/**
 * The state after an entry, given the state before it (undefined for the first): every rule about the chain and about
 * other chains, with exact arithmetic. How far a timestamp may lie in the future is for those who have a clock. Throws
 * `unknown-parent`, `conflicting-entry`, `account-frozen`, `bad-entry`, what `adjustStanding` and what `operationEffect`
 * throw.
 */
export function applyEntry(
  state: AccountState | undefined,
  verified: VerifiedEntry,
  lookup: LedgerLookup,
): Transition {
  const { entry, hash } = verified
  checkPlace(state, entry)
  checkCheckpoint(entry, lookup)
  const before = state ?? emptyStanding(entry.account)
  const { standing, toPool } = adjustStanding(
    before,
    state?.checkpoint ?? entry.checkpoint,
    entry.checkpoint,
    lookup,
  )
  const effect = operationEffect(standing, entry.operation, entry, lookup)
  checkAmounts(entry, standing, effect)
  const { balance, credit, locked, grants, opened, settled, minted } = effect
  return {
    state: {
      account: entry.account,
      head: hash,
      seq: entry.seq,
      balance,
      credit,
      locked,
      stake: standing.stake,
      timestampMs: entry.timestampMs,
      checkpoint: entry.checkpoint,
      frozen: false,
      grants,
    },
    payments: opened === undefined ? settled : [...settled, { ...opened, hash }],
    minted,
    toPool,
  }
}

/** The entry must stand directly on the account's head. */
function checkPlace(state: AccountState | undefined, entry: Entry): void {
  const nextSeq = state === undefined ? 0 : state.seq + 1
  if (entry.seq > nextSeq) {
    throw new LoremeshError(
      'unknown-parent',
      `The entry has seq ${entry.seq}, but the next one of this account is ${nextSeq}`,
      'Send the entries in between first',
    )
  }
  if (entry.seq < nextSeq || entry.prev !== (state?.head ?? null)) {
    throw new LoremeshError(
      'conflicting-entry',
      `Another entry stands at or before seq ${entry.seq} of this account already`,
      "Fetch the account's newest entries and build on the last one",
    )
  }
  if (state === undefined) return
  if (!bytesEqual(state.account, entry.account))
    throw new LoremeshError('bad-entry', 'The entry is of another account')
  checkFrozen(state)
  if (entry.timestampMs < state.timestampMs) {
    throw new LoremeshError(
      'bad-entry',
      'The entry is dated before the one it follows',
      'Set the clock right',
    )
  }
  if (entry.checkpoint < state.checkpoint) {
    throw new LoremeshError('bad-entry', 'The entry names an older checkpoint than the one it follows')
  }
}

function checkCheckpoint(entry: Entry, lookup: LedgerLookup): void {
  const checkpoint = lookup.checkpoint(entry.checkpoint)
  if (checkpoint === undefined) {
    throw new LoremeshError(
      'not-found',
      `The entry names checkpoint ${entry.checkpoint}, which is not known here`,
      'Send the checkpoint first, or try again',
    )
  }
  // An entry dated earlier could claim old, undecayed tokens for an account that starts with the newest checkpoint.
  if (entry.timestampMs < checkpoint.timeMs) {
    throw new LoremeshError(
      'bad-entry',
      'The entry is dated before the checkpoint that it names',
      'Set the clock right',
    )
  }
  if (entry.timestampMs > checkpoint.timeMs + MAX_CHECKPOINT_AGE_MS) {
    throw new LoremeshError(
      'bad-entry',
      'The entry is dated more than a day after the checkpoint that it names',
      'Name the newest checkpoint',
    )
  }
}

function checkAmounts(entry: Entry, before: Standing, effect: Effect): void {
  const amounts = [
    ['balance', entry.balance, effect.balance],
    ['credit', entry.credit, effect.credit],
    ['locked amount', entry.locked, effect.locked],
    ['stake', entry.stake, before.stake],
  ] as const
  for (const [name, stated, exact] of amounts) {
    if (stated !== exact) {
      throw new LoremeshError(
        'bad-entry',
        `The entry states a ${name} of ${stated} µT, but it is ${exact} µT`,
      )
    }
  }
}
