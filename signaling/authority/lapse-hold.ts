import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { entryHashToDigest, type EntryHash } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { hold, isHeld } from './holds.ts'

/*
 * A claim that is certified and a checkpoint that lets the same payment lapse would contradict each other. Each takes 2f+1
 * authorities, so it is enough that no honest one has a part in both: whoever has voted for a claim does not agree to the
 * lapse, and whoever has agreed to a lapse votes for no claim until the checkpoint's height is decided.
 */

/**
 * Promises not to vote for a claim of an open payment before the checkpoint of this height is decided; to be done in the
 * payee's shard before this authority agrees to a checkpoint with that lapse. False, and nothing is promised, when a claim
 * of it has this authority's vote, or when the payment is not open.
 */
export async function holdForLapse(
  transaction: ShardTransaction,
  payment: Pick<Payment, 'hash' | 'payee'>,
  height: number,
): Promise<boolean> {
  const known = await transaction.payment(payment.hash)
  if (known?.state !== 'open') return false
  if ((await transaction.settlementVote(payment.hash, payment.payee)) !== undefined) return false
  await hold(transaction, 'lapse-hold', holdKey(payment.hash), height)
  return true
}

/** Throws `not-ready` while the payment may be about to lapse. */
export async function checkNotLapsing(transaction: ShardTransaction, payment: EntryHash): Promise<void> {
  if (!(await isHeld(transaction, 'lapse-hold', holdKey(payment)))) return
  throw new LoremeshError(
    'not-ready',
    'A checkpoint is about to say whether the payment has lapsed',
    'Try again after it',
  )
}

function holdKey(payment: EntryHash): Uint8Array {
  return recordKey(entryHashToDigest(payment))
}
