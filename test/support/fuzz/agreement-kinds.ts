import { headerFormat } from '../../../signaling/checkpoints/proposal.ts'
import { encodeWish, parseWish, type Wish } from '../../../signaling/checkpoints/wishes.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import {
  AGREEMENT_OVERHEAD_BYTES,
  encodeAgreementMessage,
  parseAgreementMessage,
  type AgreementMessage,
  type AgreementValue,
  type AgreementVote,
  type Polka,
  type Proposal,
  type Statement,
  type UnsignedStatement,
} from '../../../src/domain/ledger/agreement-message.ts'
import {
  encodeAgreementRecord,
  parseAgreementRecord,
  type AgreementRecord,
} from '../../../src/domain/ledger/agreement-record.ts'
import { statementDigest, verifyAgreementMessage } from '../../../src/domain/ledger/agreement-signature.ts'
import type { SignedCheckpoint } from '../../../src/domain/ledger/checkpoint.ts'
import { networkIdOf, type Genesis } from '../../../src/domain/ledger/genesis.ts'
import { changesIn } from '../../../src/domain/ledger/parameter-change.ts'
import type { Vote } from '../../../src/domain/ledger/vote.ts'
import { cborKind, type MessageKind } from './message-kind.ts'

/** What authorities with these keys say to agree on a checkpoint. */
export interface AgreementSamples {
  readonly proposals: readonly Proposal[]
  readonly prevotes: readonly AgreementVote[]
  readonly precommits: readonly AgreementVote[]
  readonly polkas: readonly Polka[]
  readonly wishes: readonly Wish[]
  readonly records: readonly AgreementRecord[]
}

const MAX_MESSAGE_BYTES = headerFormat.maxPayloadBytes + AGREEMENT_OVERHEAD_BYTES
const MAX_RECORD_BYTES = 2 * headerFormat.maxPayloadBytes + 8 * AGREEMENT_OVERHEAD_BYTES

/** Messages of an agreement on a checkpoint, all of them rightly signed, in rounds 0 and 1. */
export function agreementSamples(
  { genesis, keys }: { readonly genesis: Genesis; readonly keys: readonly Identity[] },
  checkpoint: SignedCheckpoint,
): AgreementSamples {
  const { height } = checkpoint.header
  const value: AgreementValue = { id: checkpoint.hash, payload: checkpoint.bytes }

  function sign<T extends UnsignedStatement>(statement: T): T & { readonly signature: Uint8Array } {
    const signature = keys[statement.authority]?.sign(statementDigest(networkIdOf(genesis), statement))
    return { ...statement, signature: signature ?? new Uint8Array() }
  }

  const votes = (
    kind: AgreementVote['kind'],
    round: number,
    valueId: string | null,
  ): readonly AgreementVote[] => keys.map((_, authority) => sign({ kind, height, round, valueId, authority }))
  const prevotes: readonly Vote[] = votes('prevote', 0, value.id).slice(0, 3)
  const proven = prevotes.map(({ authority, signature }) => ({ authority, signature }))
  const proposal = (round: number, validRound: number): Proposal => {
    const authority = (height + round) % keys.length
    const proof = validRound < 0 ? [] : proven
    return sign({ kind: 'proposal', height, round, value, validRound, prevotes: proof, authority })
  }
  const polka: Polka = { kind: 'polka', height, round: 0, value, prevotes: proven }
  const sent: readonly Statement[] = [proposal(1, 0), ...votes('prevote', 1, value.id).slice(0, 1)]
  const lastPrecommits = votes('precommit', 0, null)
  return {
    proposals: [proposal(0, -1), proposal(1, 0)],
    prevotes: [...votes('prevote', 0, value.id), ...votes('prevote', 0, null)],
    precommits: [...votes('precommit', 0, value.id), ...lastPrecommits],
    polkas: [polka],
    wishes: [
      { height, changes: changesIn(genesis) },
      { height, changes: changesIn(genesis).slice(1, 2) },
    ],
    records: [
      { height, round: 0, step: 'propose', locked: null, valid: null, sent: [], lastPrecommits: [] },
      {
        height,
        round: 1,
        step: 'precommit',
        locked: { round: 0, valueId: value.id },
        valid: polka,
        sent,
        lastPrecommits,
      },
    ],
  }
}

/** What authorities tell each other to agree, and what they keep of it. */
export function agreementKinds(samples: AgreementSamples, genesis: Genesis): readonly MessageKind[] {
  const messageKind = (name: string, valid: readonly AgreementMessage[]): MessageKind =>
    cborKind(name, MAX_MESSAGE_BYTES, valid.map(encodeAgreementMessage), (wire) => {
      const message = parseAgreementMessage(wire, headerFormat)
      return {
        again: encodeAgreementMessage(message),
        verify: (verifier) => verifyAgreementMessage(message, genesis, verifier),
      }
    })
  return [
    messageKind('agreement: proposal', samples.proposals),
    messageKind('agreement: prevote', samples.prevotes),
    messageKind('agreement: precommit', samples.precommits),
    messageKind('agreement: polka', samples.polkas),
    cborKind('agreement: wish', MAX_MESSAGE_BYTES, samples.wishes.map(encodeWish), (wire) => {
      const wish = parseWish(wire)
      return {
        again:
          wish === undefined
            ? encodeAgreementMessage(parseAgreementMessage(wire, headerFormat))
            : encodeWish(wish),
      }
    }),
    cborKind('agreement record', MAX_RECORD_BYTES, samples.records.map(encodeAgreementRecord), (wire) => ({
      again: encodeAgreementRecord(parseAgreementRecord(wire, headerFormat)),
    })),
  ]
}
