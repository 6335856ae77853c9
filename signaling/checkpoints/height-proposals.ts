import { hexTextToBytes } from '../../src/domain/kernel/bytes.ts'
import { toLoremeshError, type LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { AgreementValue } from '../../src/domain/ledger/agreement-message.ts'
import type { EntryHash, SignedEntry } from '../../src/domain/ledger/entry.ts'
import type { ParameterChange } from '../../src/domain/ledger/parameter-change.ts'
import { encodeAuthorityRequest, parseProposalReply } from '../../src/protocols/authority.ts'
import type { AskOther } from '../authority/replication.ts'
import { buildCheckpoint, type SoundProposal } from './checkpoint-builder.ts'
import { followFinal, judgeProposal, type JudgeParts } from './checkpoint-judge.ts'
import type { FinalLedger } from './final-ledger.ts'
import type { HeightRecords } from './height-records.ts'
import type { OwnLog } from './own-log.ts'
import { readClaimed } from './objection.ts'
import { parseProposal } from './proposal.ts'

/** The proposals for the checkpoint that follows upon a final ledger. */
export interface HeightProposals {
  /** Makes this authority's own for a round. Throws what `buildCheckpoint` throws. */
  make(round: number): Promise<AgreementValue>
  /** Whether the proposal of a header is right; asks `from`, where it comes from, and then the others for it. */
  judge(value: AgreementValue, from: number | undefined): Promise<boolean>
  /** Takes claims that others showed against lapses. Throws what `readClaimed` throws. */
  contest(claims: readonly SignedEntry[]): Promise<void>
  /** One that was found right. */
  find(id: string): SoundProposal | undefined
}

/** What proposals are made, judged and kept with. */
export interface ProposalParts extends JudgeParts {
  readonly log: OwnLog
  readonly records: HeightRecords
  /** Indexes of the other authorities. */
  readonly others: readonly number[]
  readonly ask: AskOther
  /** Changes of parameters that a quorum wishes. */
  readonly agreedChanges: () => readonly ParameterChange[]
  readonly onProblem: (error: LoremeshError) => void
}

/**
 * The proposals for the next height, with those that were found right before a restart. One that was found wrong is not
 * remembered: the hash does not cover all of it, and what is missing here may come.
 */
export async function openHeightProposals(parts: ProposalParts, base: FinalLedger): Promise<HeightProposals> {
  const { records, others, ask, clock, onProblem } = parts
  const height = base.height + 1
  const sound = new Map<string, SoundProposal>()
  const judging = new Map<string, Promise<boolean>>()
  const contested = new Set<EntryHash>()

  for (const wire of await records.readProposals(height)) {
    try {
      const composed = await followFinal(parts, base, parseProposal(wire))
      sound.set(composed.checkpoint.hash, { composed, wire })
    } catch (error) {
      onProblem(toLoremeshError(error))
    }
  }

  async function keep(proposal: SoundProposal): Promise<void> {
    const wires = [...sound.values(), proposal].map(({ wire }) => wire)
    await records.saveProposals(height, wires)
    sound.set(proposal.composed.checkpoint.hash, proposal)
  }

  async function fetchFrom(other: number, id: string): Promise<SoundProposal | undefined> {
    try {
      const request = encodeAuthorityRequest({ type: 'proposal', hash: hexTextToBytes(id) })
      const wire = parseProposalReply(await ask(other, request))
      return wire && (await judgeProposal(parts, base, { id, wire }))
    } catch (error) {
      onProblem(toLoremeshError(error))
      return undefined
    }
  }

  async function judgeAnew(id: string, from: number | undefined): Promise<boolean> {
    for (const other of new Set(from === undefined ? others : [from, ...others])) {
      const proposal = await fetchFrom(other, id)
      if (proposal === undefined) continue
      await keep(proposal)
      return true
    }
    return false
  }

  return {
    async make(round) {
      // Every third proposal lets nothing lapse, so that no disagreement about lapses can hold up everything else. Nor can
      // one about void places: they are in a proposal with lapses, in one without, and in no later one.
      const proposal = await buildCheckpoint(parts, base, {
        nowMs: clock.nowMs(),
        mayLapse: (payment) => round % 3 < 2 && !contested.has(payment),
        mayVoid: round === 0 || round === 2,
        // Who does not know of all wishes, or was told false ones, holds up one round of its turn at most.
        changes: round === 0 ? parts.agreedChanges() : [],
      })
      await keep(proposal)
      const { hash, bytes } = proposal.composed.checkpoint
      return { id: hash, payload: bytes }
    },

    async judge({ id }, from) {
      if (sound.has(id)) return true
      const running = judging.get(id) ?? judgeAnew(id, from)
      judging.set(id, running)
      try {
        return await running
      } finally {
        judging.delete(id)
      }
    },

    async contest(claims) {
      for (const payment of await readClaimed(parts, claims)) contested.add(payment)
    },

    find: (id) => sound.get(id),
  }
}
