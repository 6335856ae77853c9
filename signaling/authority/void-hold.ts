import type { Account } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { Entry } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { hold, isHeld, release } from './holds.ts'

/*
 * An entry that counts and a checkpoint that declares its place void would contradict each other. What counts is known to
 * 2f+1 authorities before anything else can rest on it, and a checkpoint takes 2f+1, too. So it is enough that no honest
 * one has a part in both: whoever knows a certificate does not agree to the void place, and whoever has agreed to it takes
 * no certificate, and gives no vote, for an entry there until the checkpoint's height is decided.
 */

type Place = Pick<Entry, 'account' | 'seq'>

/**
 * Promises to let nothing take a place before the checkpoint of this height is decided; to be done in the account's shard
 * before this authority agrees to a checkpoint that declares it void. False, and nothing is promised, when something is
 * certified there, or when this authority has voted there for an entry that is dated after `votedBeforeMs`.
 */
export async function holdForVoid(
  transaction: ShardTransaction,
  { account, seq }: Place,
  { height, votedBeforeMs }: { readonly height: number; readonly votedBeforeMs: number },
): Promise<boolean> {
  const state = await transaction.account(account)
  if (state !== undefined && state.seq >= seq) return false
  const vote = await transaction.vote(account, seq)
  if (vote !== undefined && parseEntry(vote.entryWire).entry.timestampMs > votedBeforeMs) return false
  await hold(transaction, 'void-hold', holdKey({ account, seq }), height)
  return true
}

/** Ends the promise about an account's next place when the height is decided, and the place is not void in `isVoid`. */
export async function releaseNext(
  transaction: ShardTransaction,
  account: Account,
  isVoid: (place: Place) => boolean,
): Promise<void> {
  const state = await transaction.account(account)
  const place = { account, seq: state === undefined ? 0 : state.seq + 1 }
  const key = holdKey(place)
  if (!isVoid(place) && (await isHeld(transaction, 'void-hold', key))) {
    await release(transaction, 'void-hold', key)
  }
}

/** Throws `not-ready` while the place may be about to be declared void. */
export async function checkNotVoiding(transaction: ShardTransaction, place: Place): Promise<void> {
  if (!(await isHeld(transaction, 'void-hold', holdKey(place)))) return
  throw new LoremeshError(
    'not-ready',
    'A checkpoint is about to say whether the place of the entry is void',
    'Try again after it',
  )
}

function holdKey({ account, seq }: Place): Uint8Array {
  return recordKey(account, seq)
}
