import type { Identity } from '../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { AccountState } from '../../src/domain/ledger/account-state.ts'
import { signVote, type CertifiedEntry } from '../../src/domain/ledger/certificate.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import { MAX_AHEAD_MS, type Entry, type SignedEntry } from '../../src/domain/ledger/entry.ts'
import { proveFork, type ForkProof, type SeenEntry } from '../../src/domain/ledger/fork-proof.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { removedAt } from '../../src/domain/ledger/removals.ts'
import type { VerifiedEntry } from '../../src/domain/ledger/verify-entry.ts'
import type { Vote } from '../../src/domain/ledger/vote.ts'
import type { Transition } from '../../src/domain/ledger/apply-entry.ts'
import type { AccountStatus, ShardTransaction, StoredVote } from '../authority-store/authority-store.ts'
import type { CheckpointAt } from './checkpoint-view.ts'
import { recordFork } from './fraud-records.ts'
import { judgeEntry, readPayments } from './judge-entry.ts'
import { checkNotLapsing } from './lapse-hold.ts'

/** An authority's vote, or why it gives none for good; every passing reason is thrown. */
export type Ballot =
  | {
      readonly type: 'voted'
      readonly vote: Vote
      /** What the entry changes once it is certified; undefined for a vote that was given before. */
      readonly transition: Transition | undefined
    }
  | {
      readonly type: 'conflict'
      /** What the two entries prove against their account, unless that is known already. */
      readonly fork: ForkProof | undefined
    }

/** By what and as whom an authority votes. */
export interface Voter {
  readonly genesis: Genesis
  readonly identity: Pick<Identity, 'sign'>
  /** The authority's index in the genesis. */
  readonly index: number
  readonly nowMs: number
  readonly at: CheckpointAt
}

/**
 * Votes for an entry within a transaction of its account's shard: for one at each place, and for the same one again. Only
 * a claim that can never be certified gives its place to another entry. Throws `account-frozen`, `not-ready`, also when the
 * checkpoint that the entry names has removed this authority, and what
 * `judgeEntry` throws.
 */
export async function castVote(
  transaction: ShardTransaction,
  verified: VerifiedEntry,
  voter: Voter,
): Promise<Ballot> {
  const { account, seq } = verified.entry
  const earlier = await transaction.vote(account, seq)
  if (earlier?.hash === verified.hash) return { type: 'voted', vote: earlier.vote, transition: undefined }

  const state = await transaction.account(account)
  const certified = await certifiedAt(transaction, state, verified.entry)
  if (earlier === undefined && certified?.signed.hash === verified.hash) {
    return { type: 'voted', vote: await addVote(transaction, verified, voter), transition: undefined }
  }
  if (certified !== undefined) return refuseRival(transaction, verified, certified)
  if (earlier !== undefined) {
    const rival = entryOf(earlier)
    if (!(await isHopeless(transaction, rival))) return refuseRival(transaction, verified, unvoted(rival))
    await transaction.releaseVote(account, seq)
  }

  checkStatus(await transaction.status(account), voter.nowMs)
  checkTime(verified.entry, voter.nowMs)
  const transition = await judgeEntry(transaction, verified, state, voter)
  await addClaimVotes(transaction, verified)
  return { type: 'voted', vote: await addVote(transaction, verified, voter), transition }
}

/** The certified entry at the place of another one. */
export async function certifiedAt(
  transaction: ShardTransaction,
  state: AccountState | undefined,
  { account, seq }: Pick<Entry, 'account' | 'seq'>,
): Promise<CertifiedEntry | undefined> {
  if (state === undefined || seq > state.seq) return undefined
  const [certified] = await transaction.entries(account, seq, 1)
  return certified
}

/** The entry that a stored vote is for. */
export function entryOf({ entryWire }: StoredVote): SignedEntry {
  return parseEntry(entryWire)
}

function unvoted(signed: SignedEntry): SeenEntry {
  return { signed, certificate: undefined }
}

async function addVote(transaction: ShardTransaction, verified: VerifiedEntry, voter: Voter): Promise<Vote> {
  checkInOffice(verified.entry, voter)
  const { identity, index } = voter
  const vote = signVote(identity, index, verified)
  await transaction.addVote(verified, vote)
  return vote
}

async function refuseRival(
  transaction: ShardTransaction,
  verified: VerifiedEntry,
  rival: SeenEntry,
): Promise<Ballot> {
  const proof = proveFork(unvoted(verified), rival)
  const isNew = proof !== undefined && (await recordFork(transaction, proof))
  return { type: 'conflict', fork: isNew ? proof : undefined }
}

/** Whether an entry without certificate will never get one: it claims what a checkpoint declared lapsed. */
async function isHopeless(transaction: ShardTransaction, { entry }: SignedEntry): Promise<boolean> {
  if (entry.operation.type !== 'claim') return false
  const payments = await readPayments(transaction, entry.operation.sources)
  return [...payments.values()].some(({ state }) => state !== 'open')
}

/** Notes which payments a claim with this authority's vote names, so that it does not agree to their lapse. */
async function addClaimVotes(transaction: ShardTransaction, verified: VerifiedEntry): Promise<void> {
  const { operation } = verified.entry
  if (operation.type !== 'claim') return
  for (const source of operation.sources) {
    await checkNotLapsing(transaction, source)
    await transaction.addSettlementVote(source, verified)
  }
}

/** A removed authority's vote would not count. It votes no more, so that nobody mistakes its vote for one that does. */
function checkInOffice({ checkpoint }: Entry, { index, at }: Voter): void {
  if (!removedAt(at(checkpoint).removals, checkpoint).has(index)) return
  throw new LoremeshError(
    'not-ready',
    'A checkpoint removed this authority, so that its votes do not count any more',
    'Ask the other authorities',
  )
}

function checkStatus({ frozenAtSeq, bannedUntilMs }: AccountStatus, nowMs: number): void {
  if (frozenAtSeq === null && bannedUntilMs <= nowMs) return
  throw new LoremeshError(
    'account-frozen',
    frozenAtSeq === null
      ? 'The account is banned for a fraud'
      : 'The account is frozen because it signed two entries at one place',
  )
}

/**
 * An entry may wait until an authority can be reached, so its date may lie back. One dated ahead is right later, and so is
 * a spend that somebody counts on: it is refused for now only.
 */
function checkTime({ timestampMs }: Entry, nowMs: number): void {
  if (timestampMs <= nowMs + MAX_AHEAD_MS) return
  throw new LoremeshError(
    'not-ready',
    `The entry is dated ${timestampMs - nowMs} ms ahead`,
    "Set this device's clock right",
  )
}
