import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { isConserved } from '../../src/domain/ledger/checkpoint.ts'
import type { EntryHash } from '../../src/domain/ledger/entry.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import type { ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { closeCausally } from './causal-cut.ts'
import { endOf, readChainParts } from './chain-part.ts'
import { readCircumstances } from './circumstances.ts'
import { composeCheckpoint, stakeAfter, type ComposedCheckpoint } from './compose-checkpoint.ts'
import { seqWithin } from './cut.ts'
import { factsOf } from './fact-choice.ts'
import type { FinalLedger } from './final-ledger.ts'
import { chooseFrauds } from './frauds.ts'
import { chooseLapses } from './lapses.ts'
import type { OwnLog } from './own-log.ts'
import { encodeProposal } from './proposal.ts'
import type { StoredHeaders } from './stored-headers.ts'
import { chooseAbandoned, holdForked, placeOf } from './voids.ts'

/** A checkpoint that is right, and the wire form of the proposal that shows it. */
export interface SoundProposal {
  readonly composed: ComposedCheckpoint
  readonly wire: Uint8Array
}

/** What checkpoints are made from and judged by. */
export interface CheckpointSources {
  readonly store: AuthorityStore
  readonly genesis: Genesis
  readonly headers: StoredHeaders
}

/**
 * The next checkpoint as this authority knows the ledger: everything in its log that is new, as far as a checkpoint may
 * contain it, and every fact that has a reason, but for lapses of those payments that `mayLapse` leaves out, void places
 * unless `mayVoid`, and those changes of parameters that are given. Throws `internal` when tokens are missing or too many
 * in the store.
 */
export async function buildCheckpoint(
  { store, genesis, headers, log }: CheckpointSources & { readonly log: OwnLog },
  final: FinalLedger,
  {
    nowMs,
    mayLapse,
    mayVoid,
    changes,
  }: {
    readonly nowMs: number
    readonly mayLapse: (payment: EntryHash) => boolean
    readonly mayVoid: boolean
    readonly changes: readonly ParameterChange[]
  },
): Promise<SoundProposal> {
  const timeMs = Math.max(nowMs, final.timeMs)
  const read = await readChainParts(store, final, await log.chooseCut(final))
  const parts = await closeCausally(store, final, read)
  const seqOf = seqWithin(final, parts.map(endOf))
  const height = final.height + 1
  const situation = { facts: final.facts, height, timeMs, beforeMs: final.timeMs, seqOf, genesis }
  const frauds = await chooseFrauds(store, situation)
  const forked = mayVoid ? await holdForked(store, frauds.choice.voids, height) : []
  const claims = mayVoid ? await chooseAbandoned(store, situation) : []
  const voids = [...forked, ...claims.map(placeOf)]
  const lapsing = await chooseLapses(store, mayLapse, situation)
  const choice = { ...frauds.choice, voids, lapses: lapsing.map(({ hash }) => hash), changes }
  const facts = factsOf(choice, { facts: final.facts, timeMs, stakeOf: stakeAfter(final, parts) })
  const circumstances = await readCircumstances(final, parts, { headers, genesis })
  const composed = composeCheckpoint(final, { parts, facts, timeMs }, circumstances)
  if (!isConserved(composed.checkpoint.header)) {
    throw new LoremeshError('internal', 'The tokens of the ledger do not add up to what was minted')
  }
  return { composed, wire: encodeProposal({ ...composed, proofs: frauds.proofs, claims }) }
}
