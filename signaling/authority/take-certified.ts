import { proveDoubleVote, type DoubleVote } from '../../src/domain/ledger/double-vote.ts'
import { proveFork, type ForkProof } from '../../src/domain/ledger/fork-proof.ts'
import type { Certificate, CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import type { VerifiedEntry } from '../../src/domain/ledger/verify-entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { isVoided } from '../../src/domain/ledger/void-place.ts'
import type { ShardTransaction } from '../authority-store/authority-store.ts'
import { certifiedAt, entryOf } from './cast-vote.ts'
import { readFacts, type CheckpointAt } from './checkpoint-view.ts'
import { recordEarlyFork, recordFork } from './fraud-records.ts'
import { advance, inVoidPlace, judgeEntry } from './judge-entry.ts'

/** What became of a certified entry, and what it proves against its account, unless that is known already. */
export type Taken =
  | { readonly type: 'new' | 'known'; readonly fork: ForkProof | undefined }
  /** Another entry is certified in its place: more than f authorities are faulty, and voted for both. */
  | {
      readonly type: 'conflict'
      readonly fork: ForkProof | undefined
      readonly doubleVotes: readonly DoubleVote[]
    }

/**
 * Applies a certified entry within a transaction of its account's shard, whatever this authority has voted for. Throws
 * what `judgeEntry` throws.
 */
export async function takeCertified(
  transaction: ShardTransaction,
  { signed, certificate }: { readonly signed: VerifiedEntry; readonly certificate: Certificate },
  { genesis, at }: { readonly genesis: Genesis; readonly at: CheckpointAt },
): Promise<Taken> {
  const state = await transaction.account(signed.entry.account)
  const known = await certifiedAt(transaction, state, signed.entry)
  if (known?.signed.hash === signed.hash) return { type: 'known', fork: undefined }
  if (known !== undefined) {
    const facts = await readFacts(transaction, signed.entry.account, 0)
    if (isVoided(facts, signed.entry)) throw inVoidPlace()
    const fork = await keepProof(transaction, proveFork({ signed, certificate }, known))
    return { type: 'conflict', fork, doubleVotes: doubleVotesOf({ signed, certificate }, known) }
  }
  const transition = await judgeEntry(transaction, signed, state, { genesis, at })
  await advance(transaction, signed, certificate, transition)
  const fork = await settleOwnVote(transaction, { signed, certificate })
  return { type: 'new', fork: fork ?? (await recordEarlyFork(transaction, signed.entry)) }
}

/** What the own vote, if it was for another entry, proves. A claim that lost its place stands in nobody's way any more. */
async function settleOwnVote(
  transaction: ShardTransaction,
  { signed, certificate }: CertifiedEntry,
): Promise<ForkProof | undefined> {
  const { account, seq } = signed.entry
  const vote = await transaction.vote(account, seq)
  if (vote === undefined || vote.hash === signed.hash) return undefined
  const rival = entryOf(vote)
  if (rival.entry.operation.type === 'claim') await transaction.releaseVote(account, seq)
  return keepProof(transaction, proveFork({ signed, certificate }, { signed: rival, certificate: undefined }))
}

async function keepProof(
  transaction: ShardTransaction,
  proof: ForkProof | undefined,
): Promise<ForkProof | undefined> {
  return proof !== undefined && (await recordFork(transaction, proof)) ? proof : undefined
}

/** Two certificates at one place name at least f+1 authorities that voted for both entries. */
function doubleVotesOf(one: CertifiedEntry, other: CertifiedEntry): readonly DoubleVote[] {
  return one.certificate.votes.flatMap(({ authority, signature }) => {
    const vote = other.certificate.votes.find((cast) => cast.authority === authority)
    const evidence =
      vote &&
      proveDoubleVote(
        authority,
        { signed: one.signed, signature },
        { signed: other.signed, signature: vote.signature },
      )
    return evidence === undefined ? [] : [evidence]
  })
}
