import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { isLoremeshError, LoremeshError } from '../../src/domain/kernel/errors.ts'
import { factsMatch, isConserved } from '../../src/domain/ledger/checkpoint.ts'
import { slotOf } from '../../src/domain/ledger/fork-proof.ts'
import type { FraudProof } from '../../src/domain/ledger/fraud-proof.ts'
import type { ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import { closeCausally } from './causal-cut.ts'
import { readChainParts, type ChainPart } from './chain-part.ts'
import type { CheckpointSources, SoundProposal } from './checkpoint-builder.ts'
import { readCircumstances } from './circumstances.ts'
import { composeCheckpoint, stakeAfter, type ComposedCheckpoint } from './compose-checkpoint.ts'
import { seqWithin } from './cut.ts'
import { choiceOf, factsOf, isForked, type FactChoice } from './fact-choice.ts'
import type { FinalLedger } from './final-ledger.ts'
import { findUnfounded, takeProofs } from './frauds.ts'
import { holdLapsing, MAX_LAPSES, readClaims, readPayees } from './lapses.ts'
import { parseProposal, type Proposal } from './proposal.ts'
import { acceptAbandoned, holdForked, placeOf } from './voids.ts'

/** How far a checkpoint may be dated ahead of the clock of who judges it. */
const MAX_AHEAD_MS = 2_000

/** What a proposal is judged by besides the ledger. */
export interface JudgeParts extends CheckpointSources {
  readonly verifier: SignatureVerifier
  readonly clock: { nowMs(): number }
  /** Reads the other authorities' logs. */
  readonly catchUp: () => Promise<void>
  /** Whether this authority's operator wishes a change of a parameter. */
  readonly isWished: (change: ParameterChange) => boolean
  /** Called for each proof of fraud that is new here, after it was stored. */
  readonly onFraudProven: (fraud: FraudProof) => void
  /** Called with the claims that stand against a proposal's lapses. */
  readonly onContested: (claims: readonly Uint8Array[]) => void
}

/**
 * Checks the proposal of the header with this id by recomputing all of it from the own store, reading others' logs when entries are missing here. After
 * it this authority votes for no claim of what the proposal rightly lets lapse, and lets nothing take a place that it
 * rightly declares void, until the height is decided. Throws
 * `bad-checkpoint` for what is wrong in it, what `parseProposal` and `verifyFraudProof` throw, `unknown-parent` and
 * `not-found` when something can't be had.
 */
export async function judgeProposal(
  parts: JudgeParts,
  final: FinalLedger,
  { id, wire }: { readonly id: string; readonly wire: Uint8Array },
): Promise<SoundProposal> {
  const proposal = parseProposal(wire)
  const { height, timeMs } = proposal.checkpoint.header
  if (proposal.checkpoint.hash !== id) throw wrong('is another one than was asked for')
  if (height !== final.height + 1) throw wrong('has another height')
  // The time of the checkpoint before is right also when clocks were set back since.
  const latestMs = Math.max(final.timeMs, parts.clock.nowMs() + MAX_AHEAD_MS)
  if (timeMs < final.timeMs || timeMs > latestMs) throw wrong('has a wrong time')
  const choice = choiceOf(proposal.facts, final.facts)
  // A place is void only if nobody knows a certificate, not just this authority.
  if (choice.voids.length > 0) await parts.catchUp()
  const entries = await readKnown(parts, final, proposal)
  if (!(await isCausal(parts, final, entries)))
    throw wrong('has a cut that contains effects without their causes')
  for (const fraud of await takeProofs(parts, proposal.proofs, final.facts)) {
    parts.onFraudProven(fraud)
  }
  await checkChoice(parts, final, proposal, choice)
  const stakeOf = stakeAfter(final, entries)
  const facts = factsOf(choice, { facts: final.facts, timeMs, stakeOf })
  const composed = await recompose(parts, final, { proposal, entries, facts })
  const { header } = composed.checkpoint
  const before = {
    minted: final.totals.minted,
    parameters: final.parameters,
    removals: final.facts.removals(),
  }
  if (!isConserved(header) || !factsMatch(before, header, proposal.facts)) {
    throw wrong('has tokens or changes that come from nowhere')
  }
  return { composed, wire }
}

/**
 * What follows from a checkpoint that a quorum has made final, and that therefore needs no reasons. Throws
 * `bad-checkpoint` when its facts and its cut are not those of its header, `unknown-parent` and `not-found` when something
 * can't be had.
 */
export async function followFinal(
  parts: Pick<JudgeParts, 'store' | 'genesis' | 'headers' | 'catchUp'>,
  final: FinalLedger,
  proposal: Omit<Proposal, 'proofs' | 'claims'>,
): Promise<ComposedCheckpoint> {
  const entries = await readKnown(parts, final, proposal)
  const facts = proposal.facts.filter(({ type }) => type !== 'grant')
  return recompose(parts, final, { proposal, entries, facts })
}

/** The entries of the cut; what is missing here is looked for in the others' logs once. */
async function readKnown(
  { store, catchUp }: Pick<JudgeParts, 'store' | 'catchUp'>,
  final: FinalLedger,
  { cut }: Pick<Proposal, 'cut'>,
): Promise<readonly ChainPart[]> {
  try {
    return await readChainParts(store, final, cut)
  } catch (error) {
    if (!isLoremeshError(error, 'unknown-parent')) throw error
    await catchUp()
    return readChainParts(store, final, cut)
  }
}

async function isCausal(
  { store }: Pick<JudgeParts, 'store'>,
  final: FinalLedger,
  entries: readonly ChainPart[],
): Promise<boolean> {
  const closed = await closeCausally(store, final, entries)
  return closed.length === entries.length && closed.every((part, index) => part === entries[index])
}

async function recompose(
  { genesis, headers }: Pick<JudgeParts, 'genesis' | 'headers'>,
  final: FinalLedger,
  {
    proposal,
    entries,
    facts,
  }: {
    readonly proposal: Pick<Proposal, 'checkpoint'>
    readonly entries: readonly ChainPart[]
    readonly facts: ComposedCheckpoint['facts']
  },
): Promise<ComposedCheckpoint> {
  const { header, hash } = proposal.checkpoint
  const circumstances = await readCircumstances(final, entries, { headers, genesis })
  const ingredients = { parts: entries, facts, timeMs: header.timeMs }
  const composed = composeCheckpoint(final, ingredients, circumstances)
  if (composed.checkpoint.hash !== hash) throw wrong('is not what follows from its cut and facts')
  return composed
}

async function checkChoice(
  {
    store,
    genesis,
    verifier,
    isWished,
    onContested,
  }: Pick<JudgeParts, 'store' | 'genesis' | 'verifier' | 'isWished' | 'onContested'>,
  final: FinalLedger,
  { checkpoint, cut, proofs, claims }: Proposal,
  choice: FactChoice,
): Promise<void> {
  const { height, timeMs } = checkpoint.header
  const seqOf = seqWithin(final, cut)
  const situation = { facts: final.facts, height, timeMs, beforeMs: final.timeMs, seqOf, genesis }
  const unfounded = await findUnfounded(store, choice, proofs, situation)
  if (unfounded !== undefined) throw wrong(unfounded)
  if (!choice.changes.every(isWished)) throw wrong('changes a parameter against the wish of this authority')
  const voids = new Set(choice.voids.map(slotOf))
  const shown = claims.filter(({ entry }) => voids.has(slotOf(entry)))
  const accepted = await acceptAbandoned({ store, genesis, verifier }, shown, situation)
  const forked = choice.voids.filter((place) => isForked(final.facts, place))
  const held = new Set([...accepted.map(placeOf), ...(await holdForked(store, forked, height))].map(slotOf))
  if (held.size < voids.size) throw wrong('declares a place void where something may count')
  if (choice.lapses.length > MAX_LAPSES) throw wrong('lets too many payments lapse')
  const payments = await readPayees(store, choice.lapses)
  const lapsing = new Set(await holdLapsing(store, payments, situation))
  if (lapsing.size === choice.lapses.length) return
  onContested(
    await readClaims(
      store,
      payments.filter((payment) => !lapsing.has(payment)),
    ),
  )
  throw wrong('lets a payment lapse that may be claimed still')
}

function wrong(fault: string): LoremeshError {
  return new LoremeshError('bad-checkpoint', `The proposed checkpoint ${fault}`)
}
