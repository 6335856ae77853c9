import type { Account } from '../../src/domain/identity/account.ts'
import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { parseDoubleVote, type DoubleVote } from '../../src/domain/ledger/double-vote.ts'
import { parseForkProof, slotOf, type ForkProof } from '../../src/domain/ledger/fork-proof.ts'
import { verifyFraudProof, type FraudProof } from '../../src/domain/ledger/fraud-proof.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { isExcused, isPunishable } from '../../src/domain/ledger/void-place.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { recordDoubleVote, recordFork } from '../authority/fraud-records.ts'
import { readOpenForks, type OpenFork } from '../authority/open-forks.ts'
import type { CutPlace } from './cut.ts'
import type { FactBook } from './fact-book.ts'
import { isFirstFork, isForked, type FactChoice } from './fact-choice.ts'
import { MAX_FRAUDS } from './proposal.ts'

type FraudChoice = Omit<FactChoice, 'lapses' | 'changes'>

/** By what it is judged what becomes of those who cheated. */
export interface FraudSituation {
  readonly facts: FactBook
  readonly timeMs: number
  /** Seq up to which the checkpoint contains an account's chain. */
  readonly seqOf: (account: Account) => number
  readonly genesis: Genesis
}

/** Everything that may be stated about frauds that this authority knows of, and what it rests on. */
export async function chooseFrauds(
  store: AuthorityStore,
  situation: FraudSituation,
): Promise<{ readonly choice: FraudChoice; readonly proofs: readonly FraudProof[] }> {
  const { facts } = situation
  const forks = await readForks(store, facts)
  const doubleVotes = (await readDoubleVotes(store)).filter((evidence) => mayRemove(evidence, facts))
  const unsettled = facts.unsettled()
  const thaws = unsettled.map(({ account }) => account).filter((account) => mayThaw(account, situation))
  thaws.splice(MAX_FRAUDS)
  const voids: CutPlace[] = []
  for (const { account, seq } of unsettled) {
    if (thaws.length + voids.length >= MAX_FRAUDS) break
    if (await mayVoid(store, { account, seq }, situation)) voids.push({ account, seq })
  }
  const proofs = [
    ...doubleVotes.map((evidence): FraudProof => ({ type: 'double-vote', evidence })),
    ...forks.map((proof): FraudProof => ({ type: 'fork-proof', proof })),
  ].slice(0, MAX_FRAUDS)
  return {
    choice: {
      freezes: proofs.flatMap((fraud) => {
        if (fraud.type !== 'fork-proof') return []
        const { account, seq } = fraud.proof.e1.entry
        return [{ account, seq }]
      }),
      removals: proofs.flatMap((fraud) => (fraud.type === 'double-vote' ? [fraud.evidence.authority] : [])),
      thaws,
      voids,
    },
    proofs,
  }
}

/**
 * Keeps proofs that others showed, but for those of frauds that a checkpoint has dealt with. Gives those that are new here;
 * throws what `verifyFraudProof` throws.
 */
export async function takeProofs(
  {
    store,
    genesis,
    verifier,
  }: {
    readonly store: AuthorityStore
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
  },
  proofs: readonly FraudProof[],
  facts: FactBook,
): Promise<readonly FraudProof[]> {
  const added: FraudProof[] = []
  for (const fraud of proofs) {
    const isOpen =
      fraud.type === 'double-vote' ? mayRemove(fraud.evidence, facts) : mayPunish(fraud.proof, facts)
    if (!isOpen) continue
    await verifyFraudProof(fraud, genesis, verifier, facts.removals())
    const isNew =
      fraud.type === 'double-vote'
        ? await store.home.transaction((home) => recordDoubleVote(home, fraud.evidence))
        : await store
            .shardOf(fraud.proof.e1.entry.account)
            .transaction((transaction) => recordFork(transaction, fraud.proof))
    if (isNew) added.push(fraud)
  }
  return added
}

/**
 * The first thing in a choice about frauds that has no reason, in words; `proofs` are those that came with it. Void places
 * that are not those of forks are not about frauds.
 */
export async function findUnfounded(
  store: AuthorityStore,
  choice: FraudChoice,
  proofs: readonly FraudProof[],
  situation: FraudSituation,
): Promise<string | undefined> {
  const { facts } = situation
  const shown = new Set(
    proofs.flatMap((fraud) =>
      fraud.type === 'fork-proof' && mayPunish(fraud.proof, facts) ? [slotOf(fraud.proof.e1.entry)] : [],
    ),
  )
  const frozen = new Set<string>()
  for (const place of choice.freezes) {
    const isProven = shown.has(slotOf(place)) || (await isKnown(store, place, facts))
    const account = bytesToHexText(place.account)
    if (!isProven || frozen.has(account)) return 'freezes an account without reason'
    frozen.add(account)
  }
  if (choice.thaws.some((account) => !mayThaw(account, situation))) return 'thaws an account without reason'
  for (const place of choice.voids) {
    if (isForked(facts, place) && !(await mayVoid(store, place, situation))) {
      return 'declares a place void without reason'
    }
  }
  const guilty = [
    ...(await readDoubleVotes(store)),
    ...proofs.flatMap((fraud) => (fraud.type === 'double-vote' ? [fraud.evidence] : [])),
  ].filter((evidence) => mayRemove(evidence, facts))
  const isGuilty = (authority: number): boolean => guilty.some((evidence) => evidence.authority === authority)
  return choice.removals.every(isGuilty) ? undefined : 'removes an authority without reason'
}

/** Proven forks that no checkpoint has dealt with, those that come first. */
async function readForks(store: AuthorityStore, facts: FactBook): Promise<readonly ForkProof[]> {
  const forks: OpenFork[] = []
  for (const shard of store.shards) {
    forks.push(...(await shard.transaction((transaction) => readOpenForks(transaction, MAX_FRAUDS))))
  }
  return forks
    .filter(({ proof }) => mayPunish(proof, facts))
    .sort((a, b) => (bytesToHexText(a.queueKey) < bytesToHexText(b.queueKey) ? -1 : 1))
    .map(({ proof }) => proof)
    .slice(0, MAX_FRAUDS)
}

/** Whether this authority keeps a proof of a fork at a place that may be punished. */
async function isKnown(store: AuthorityStore, { account, seq }: CutPlace, facts: FactBook): Promise<boolean> {
  const key = recordKey(account, seq)
  const proof = await store
    .shardOf(account)
    .transaction((transaction) => transaction.record('fork-proof', key))
  return proof !== undefined && mayPunish(parseForkProof(proof), facts)
}

async function readDoubleVotes(store: AuthorityStore): Promise<readonly DoubleVote[]> {
  const records = await store.home.transaction((home) => home.records('double-vote', { limit: MAX_FRAUDS }))
  return records.map(({ value }) => parseDoubleVote(value))
}

function mayRemove({ authority, first, second }: DoubleVote, facts: FactBook): boolean {
  const [one, other] = [first.signed.entry, second.signed.entry]
  return !facts.removed().has(authority) && !isExcused(facts.about(one.account), one, other)
}

function mayPunish(proof: ForkProof, facts: FactBook): boolean {
  return isPunishable(facts.about(proof.e1.entry.account), proof)
}

/**
 * An account that forked once, and of whose two entries one is certified, had an accident: what was never certified
 * nobody can have claimed.
 */
function mayThaw(account: Account, { facts, seqOf }: FraudSituation): boolean {
  const freeze = facts.freezeOf(account)
  return freeze !== undefined && isFirstFork(facts, account) && seqOf(account) >= freeze.seq
}

/** When nobody has seen a certificate of either entry for as long as a payment can be claimed, none counts any more. */
async function mayVoid(
  store: AuthorityStore,
  { account, seq }: CutPlace,
  { facts, timeMs, seqOf, genesis }: FraudSituation,
): Promise<boolean> {
  const freeze = facts.unsettledOf(account)
  if (freeze?.seq !== seq || timeMs < freeze.timeMs + genesis.paymentWindowMs) return false
  if (seqOf(account) >= seq) return false
  const state = await store.shardOf(account).transaction((transaction) => transaction.account(account))
  return (state?.seq ?? -1) < seq
}
