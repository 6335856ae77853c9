import type { SignatureVerifier } from '../../src/domain/identity/signature.ts'
import { bytesEqual } from '../../src/domain/kernel/bytes.ts'
import { LoremeshError, toLoremeshError } from '../../src/domain/kernel/errors.ts'
import {
  parseCheckpointCertificate,
  verifyCheckpoint,
} from '../../src/domain/ledger/checkpoint-certificate.ts'
import { parseHeader } from '../../src/domain/ledger/checkpoint-codec.ts'
import type { CheckpointCertificate } from '../../src/domain/ledger/checkpoint.ts'
import { factsDigest, parseFacts } from '../../src/domain/ledger/fact-codec.ts'
import {
  encodeAuthorityRequest,
  parseCheckpointWiresReply,
  type CheckpointWires,
} from '../../src/protocols/authority.ts'
import type { AskOther } from '../authority/replication.ts'
import type { CheckpointSources } from './checkpoint-builder.ts'
import { followFinal } from './checkpoint-judge.ts'
import type { ComposedCheckpoint } from './compose-checkpoint.ts'
import { parseCut } from './cut.ts'
import type { FinalLedger } from './final-ledger.ts'
import { releaseDecided } from './voids.ts'

/** Takes over final checkpoints from authorities that are ahead. */
export interface CheckpointFollower {
  /** Asks these authorities, one after another, for what comes after the newest checkpoint here. */
  follow(others: readonly number[]): Promise<void>
}

/** Follows the other authorities; `finish` stores a checkpoint that a quorum has signed. */
export function createCheckpointFollower(
  parts: CheckpointSources & {
    readonly verifier: SignatureVerifier
    readonly catchUp: () => Promise<void>
    readonly ask: AskOther
  },
  {
    final,
    finish,
    onProblem,
  }: {
    readonly final: () => FinalLedger
    readonly finish: (composed: ComposedCheckpoint, certificate: CheckpointCertificate) => Promise<void>
    readonly onProblem: (error: LoremeshError) => void
  },
): CheckpointFollower {
  const { store, genesis, verifier, ask } = parts
  let running: Promise<void> | undefined

  async function takeOver(wires: CheckpointWires): Promise<void> {
    const base = final()
    const checkpoint = parseHeader(wires.header)
    const certificate = parseCheckpointCertificate(wires.certificate)
    await verifyCheckpoint({ ...checkpoint, certificate }, genesis, verifier, base.facts.removals())
    if (checkpoint.header.prev !== base.hash) {
      throw new LoremeshError(
        'bad-checkpoint',
        'The checkpoint follows upon another one than the newest here',
      )
    }
    const proposal = { checkpoint, facts: parseFacts(wires.facts), cut: parseCut(wires.cut) }
    if (!bytesEqual(factsDigest(proposal.facts), checkpoint.header.factsDigest)) {
      throw new LoremeshError('bad-checkpoint', 'The facts are not those of the checkpoint')
    }
    await releaseDecided(store, proposal)
    await finish(await followFinal(parts, base, proposal), certificate)
  }

  /** Goes on as long as the other authority has more. */
  async function followOne(other: number): Promise<void> {
    for (;;) {
      const before = final().height
      const request = encodeAuthorityRequest({ type: 'checkpoint', height: before + 1 })
      const wires = parseCheckpointWiresReply(await ask(other, request))
      if (wires === undefined) return
      await takeOver(wires)
      if (final().height === before) return
    }
  }

  async function followAll(others: readonly number[]): Promise<void> {
    for (const other of others) {
      try {
        await followOne(other)
      } catch (error) {
        onProblem(toLoremeshError(error))
      }
    }
  }

  return {
    follow(others) {
      running ??= followAll(others).finally(() => (running = undefined))
      return running
    },
  }
}
