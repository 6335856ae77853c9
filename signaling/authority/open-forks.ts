import type { Account } from '../../src/domain/identity/account.ts'
import { parseForkProof, type ForkProof } from '../../src/domain/ledger/fork-proof.ts'
import type { Entry } from '../../src/domain/ledger/entry.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { decidedHeight } from './holds.ts'

/*
 * Proven forks wait until a checkpoint freezes their account, one of each account: a freeze is for everything that is known
 * of it. A checkpoint freezes so many only, so those that came before an earlier checkpoint come first; but an account that
 * never did anything but open costs its owner nothing, so those wait behind all others. Under `open-fork` a shard keeps
 * where an account's fork waits, under `fork-queue` there the key of its proof.
 */

/** A proven fork, and where it waits: those with smaller keys come first. */
export interface OpenFork {
  readonly queueKey: Uint8Array
  readonly proof: ForkProof
}

/** Lets the fork whose proof is kept for a place wait, instead of another one of its account, if there is one. */
export async function openFork(
  transaction: ShardTransaction,
  { account, seq }: Pick<Entry, 'account' | 'seq'>,
): Promise<void> {
  const queueKey = (await transaction.record('open-fork', account)) ?? (await lastKey(transaction, account))
  await transaction.putRecord('open-fork', account, queueKey)
  await transaction.putRecord('fork-queue', queueKey, recordKey(account, seq))
}

/** Ends the waiting of an account's fork, if one waits. */
export async function closeFork(transaction: ShardTransaction, account: Account): Promise<void> {
  const queueKey = await transaction.record('open-fork', account)
  if (queueKey === undefined) return
  await transaction.removeRecord('fork-queue', queueKey)
  await transaction.removeRecord('open-fork', account)
}

/** The forks of a shard that come first. */
export async function readOpenForks(
  transaction: ShardTransaction,
  limit: number,
): Promise<readonly OpenFork[]> {
  const forks: OpenFork[] = []
  for (const { key, value } of await transaction.records('fork-queue', { limit })) {
    const proof = await transaction.record('fork-proof', value)
    if (proof !== undefined) forks.push({ queueKey: key, proof: parseForkProof(proof) })
  }
  return forks
}

async function lastKey(transaction: ShardTransaction, account: Account): Promise<Uint8Array> {
  const state = await transaction.account(account)
  const rank = state === undefined || state.seq === 0 ? 1 : 0
  return recordKey(rank, await decidedHeight(transaction), account)
}
