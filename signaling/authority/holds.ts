import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'

/*
 * An authority that agrees to a checkpoint promises to do nothing that would contradict it until its height is decided.
 * A promise is a record in the shard in which it counts, where the newest decided height is noted, too, together with what
 * that checkpoint changes there.
 */

/** What is promised: to vote for no claim of a payment, to let nothing take a place. */
type Hold = 'lapse-hold' | 'void-hold'

const DECIDED = recordKey(0)

/** Promises something about what `key` names until a checkpoint of this height is applied here. */
export function hold(
  transaction: ShardTransaction,
  kind: Hold,
  key: Uint8Array,
  height: number,
): Promise<void> {
  return transaction.putRecord(kind, key, recordKey(height))
}

/** Whether a promise about what `key` names is in force. */
export async function isHeld(transaction: ShardTransaction, kind: Hold, key: Uint8Array): Promise<boolean> {
  const held = await transaction.record(kind, key)
  if (held === undefined) return false
  return heightOf(held) > (await decidedHeight(transaction))
}

/** Ends a promise before the checkpoint is applied here: others have decided the height. */
export function release(transaction: ShardTransaction, kind: Hold, key: Uint8Array): Promise<void> {
  return transaction.putRecord(kind, key, recordKey(0))
}

/** Notes that the checkpoint of a height is final: promises up to it end. */
export function noteDecided(transaction: ShardTransaction, height: number): Promise<void> {
  return transaction.putRecord('decided', DECIDED, recordKey(height))
}

/** The newest height that is noted as final; 0 for none. */
export async function decidedHeight(transaction: ShardTransaction): Promise<number> {
  const decided = await transaction.record('decided', DECIDED)
  return decided === undefined ? 0 : heightOf(decided)
}

function heightOf(value: Uint8Array): number {
  return Number(new DataView(value.buffer, value.byteOffset, value.byteLength).getBigUint64(0))
}
