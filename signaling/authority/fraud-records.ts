import type { Account } from '../../src/domain/identity/account.ts'
import { encodeDoubleVote, type DoubleVote } from '../../src/domain/ledger/double-vote.ts'
import type { Entry } from '../../src/domain/ledger/entry.ts'
import { encodeForkProof, parseForkProof, type ForkProof } from '../../src/domain/ledger/fork-proof.ts'
import { frozenSeq, isExcused, isPunishable } from '../../src/domain/ledger/void-place.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { readFacts } from './checkpoint-view.ts'
import { closeFork, openFork } from './open-forks.ts'

/**
 * Keeps the proof that an account of the transaction's shard signed two entries at one place, and freezes the account there;
 * false when the account is frozen there or at an earlier place already, and for a fork that by the checkpoints known here
 * is excused or was dealt with.
 */
export async function recordFork(transaction: ShardTransaction, proof: ForkProof): Promise<boolean> {
  const { account, seq } = proof.e1.entry
  const status = await transaction.status(account)
  if (status.frozenAtSeq !== null && status.frozenAtSeq <= seq) return false
  if (!isPunishable(await readFacts(transaction, account, 0), proof)) return false
  await transaction.putRecord('fork-proof', recordKey(account, seq), encodeForkProof(proof))
  await transaction.putStatus(account, { ...status, frozenAtSeq: seq })
  await openFork(transaction, proof.e1.entry)
  return true
}

/**
 * Keeps a proof about a place that its account has not come to: who spends without certificates forks far ahead of them. Of
 * several about one account the earliest is kept.
 */
export async function keepEarlyFork(transaction: ShardTransaction, proof: ForkProof): Promise<void> {
  const { account, seq } = proof.e1.entry
  const known = await transaction.record('early-fork', account)
  if (known !== undefined && parseForkProof(known).e1.entry.seq <= seq) return
  await transaction.putRecord('early-fork', account, encodeForkProof(proof))
}

/** Records the early fork of an account that has come to `seq`, if its place is the next one; what it gives is new. */
export async function recordEarlyFork(
  transaction: ShardTransaction,
  { account, seq }: Pick<Entry, 'account' | 'seq'>,
): Promise<ForkProof | undefined> {
  const wire = await transaction.record('early-fork', account)
  if (wire === undefined) return undefined
  const proof = parseForkProof(wire)
  if (proof.e1.entry.seq > seq + 1) return undefined
  await transaction.removeRecord('early-fork', account)
  return (await recordFork(transaction, proof)) ? proof : undefined
}

/**
 * Takes back that an account is frozen for a fork which a void place excuses: its proof came before the checkpoint that
 * states the place.
 */
export async function dropExcused(transaction: ShardTransaction, account: Account): Promise<void> {
  const status = await transaction.status(account)
  if (status.frozenAtSeq === null) return
  const key = recordKey(account, status.frozenAtSeq)
  const proof = await transaction.record('fork-proof', key)
  if (proof === undefined) return
  const { e1, e2 } = parseForkProof(proof)
  const facts = await readFacts(transaction, account, 0)
  if (!isExcused(facts, e1.entry, e2.entry)) return
  await transaction.removeRecord('fork-proof', key)
  await closeFork(transaction, account)
  await transaction.putStatus(account, { ...status, frozenAtSeq: frozenSeq(facts) })
}

/** Keeps the evidence against an authority, in the home shard; false when there is some against it already. */
export function recordDoubleVote(home: ShardTransaction, evidence: DoubleVote): Promise<boolean> {
  return home.addRecord('double-vote', recordKey(evidence.authority), encodeDoubleVote(evidence))
}
