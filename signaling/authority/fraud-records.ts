import { encodeDoubleVote, type DoubleVote } from '../../src/domain/ledger/double-vote.ts'
import { encodeForkProof, type ForkProof } from '../../src/domain/ledger/fork-proof.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { isVoided, readFacts } from './checkpoint-view.ts'

/**
 * Keeps the proof that an account of the transaction's shard signed two entries at one place, and freezes the account there;
 * false when that was proven before, at this place or at an earlier one, and when the one entry is in a void place and the
 * other one in its stead.
 */
export async function recordFork(transaction: ShardTransaction, proof: ForkProof): Promise<boolean> {
  const { account, seq } = proof.e1.entry
  const status = await transaction.status(account)
  if (status.frozenAtSeq !== null && status.frozenAtSeq <= seq) return false
  const facts = await readFacts(transaction, account, 0)
  if (isVoided(facts, proof.e1.entry) !== isVoided(facts, proof.e2.entry)) return false
  const isNew = await transaction.addRecord('fork-proof', recordKey(account, seq), encodeForkProof(proof))
  if (isNew) await transaction.putStatus(account, { ...status, frozenAtSeq: seq })
  return isNew
}

/** Keeps the evidence against an authority, in the home shard; false when there is some against it already. */
export function recordDoubleVote(home: ShardTransaction, evidence: DoubleVote): Promise<boolean> {
  return home.addRecord('double-vote', recordKey(evidence.authority), encodeDoubleVote(evidence))
}
