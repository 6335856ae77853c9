import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Payment } from '../../src/domain/ledger/account-state.ts'
import { entryHashToDigest, type EntryHash } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'

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
  await transaction.putRecord('lapse-hold', holdKey(payment.hash), recordKey(height))
  return true
}

/** Throws `not-ready` while the payment may be about to lapse: no checkpoint above `decidedHeight` is final here yet. */
export async function checkNoHold(
  transaction: ShardTransaction,
  payment: EntryHash,
  decidedHeight: number,
): Promise<void> {
  const hold = await transaction.record('lapse-hold', holdKey(payment))
  if (hold === undefined || heightOf(hold) <= decidedHeight) return
  throw new LoremeshError(
    'not-ready',
    'A checkpoint is about to say whether the payment has lapsed',
    'Try again after it',
  )
}

function holdKey(payment: EntryHash): Uint8Array {
  return recordKey(entryHashToDigest(payment))
}

function heightOf(hold: Uint8Array): number {
  return Number(new DataView(hold.buffer, hold.byteOffset, hold.byteLength).getBigUint64(0))
}
