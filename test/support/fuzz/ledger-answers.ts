import type { SignatureVerifier } from '../../../src/domain/identity/signature.ts'
import { encodeAccountProof, parseAccountProof } from '../../../src/domain/ledger/account-proof.ts'
import type { AccountState } from '../../../src/domain/ledger/account-state.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { encodeCheckpointCertificate } from '../../../src/domain/ledger/checkpoint-certificate.ts'
import { encodeFacts } from '../../../src/domain/ledger/fact-codec.ts'
import { encodeFraudProof, parseFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { encodeLogReply, parseLogReply } from '../../../src/protocols/authority.ts'
import {
  encodeDoneReply,
  encodeFactsReply,
  encodeFraudsReply,
  encodeGrantReply,
  encodeHeaderReply,
  encodeHeadReply,
  encodeInboxReply,
  encodePaymentReply,
  encodeStandingReply,
  encodeVoteReply,
  MAX_LEDGER_ANSWER_BYTES,
  parseDoneReply,
  parseFactsReply,
  parseFraudsReply,
  parseGrantReply,
  parseHeaderReply,
  parseHeadReply,
  parseInboxReply,
  parsePaymentReply,
  parseStandingReply,
  parseVoteReply,
} from '../../../src/protocols/ledger-replies.ts'
import type { CheckpointChain } from './checkpoint-chain.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { ann } from './people.ts'
import { plainKind, type MessageKind } from './message-kind.ts'
import { fraudWiresOf, grantsOf } from './signed-kinds.ts'
import type { WireChecks } from './wire-checks.ts'

/** What authorities answer peers. `state` is that of Ann's account. */
export function ledgerAnswerKinds(
  story: FuzzStory,
  chain: CheckpointChain,
  state: AccountState,
  checksBy: (verifier: SignatureVerifier) => WireChecks,
): readonly MessageKind[] {
  const { certified } = story.network
  const [newest] = chain.checkpoints
  const proof = chain.tree.proofOf(ann.account)
  const [first] = certified
  const [vote] = first?.certificate.votes ?? []
  if (newest === undefined || proof === undefined || first === undefined || vote === undefined)
    throw new RangeError('Nothing happened')
  const header = { header: newest.bytes, certificate: encodeCheckpointCertificate(newest.certificate) }
  const entries = certified.slice(0, 4)
  const nobody = { state: undefined, entries: [], voted: undefined }
  const log = certified.slice(0, 6).map(({ signed, certificate }) => {
    return { entryWire: signed.wire, certificateWire: encodeCertificate(certificate) }
  })

  const answer = <T>(
    name: string,
    values: readonly T[],
    [encode, parse]: readonly [(value: T) => Uint8Array, (body: Uint8Array) => T],
    verify?: (value: T, checks: WireChecks) => Promise<unknown>,
  ): MessageKind =>
    plainKind(`ledger answer: ${name}`, MAX_LEDGER_ANSWER_BYTES, values, {
      encode,
      parse,
      verify: async (value, verifier) => verify?.(value, checksBy(verifier)),
    })

  return [
    answer('done', [undefined], [encodeDoneReply, parseDoneReply]),
    answer('vote', [vote], [encodeVoteReply, parseVoteReply], (told, checks) =>
      checks.vote(told, first.signed),
    ),
    answer('grant', grantsOf(story), [encodeGrantReply, parseGrantReply], (wire, checks) =>
      checks.grant(wire),
    ),
    answer(
      'head',
      [{ state, entries, voted: story.next }, nobody],
      [encodeHeadReply, parseHeadReply],
      async ({ entries: told, voted }, checks) => {
        for (const entry of told) await checks.certified(entry)
        if (voted !== undefined) await checks.entry(voted.wire)
      },
    ),
    answer(
      'payment',
      [story.paid, story.reserved, ...story.open, undefined],
      [encodePaymentReply, parsePaymentReply],
    ),
    answer('inbox', [entries, []], [encodeInboxReply, parseInboxReply], async (told, checks) => {
      for (const entry of told) await checks.certified(entry)
    }),
    answer(
      'standing',
      [{ ...header, proof: encodeAccountProof(proof) }, undefined],
      [encodeStandingReply, parseStandingReply],
      async (told, checks) => {
        if (told === undefined) return
        const checkpoint = await checks.checkpoint(told.header, told.certificate)
        await checks.standing({ checkpoint, proof: parseAccountProof(told.proof) })
      },
    ),
    answer(
      'facts',
      [encodeFacts(chain.facts), undefined],
      [encodeFactsReply, parseFactsReply],
      (told, checks) => {
        if (told !== undefined) checks.facts(told)
        return Promise.resolve()
      },
    ),
    answer(
      'frauds',
      [fraudWiresOf(story).map(parseFraudProof), []],
      [encodeFraudsReply, parseFraudsReply],
      async (told, checks) => {
        for (const fraud of told) await checks.fraud(encodeFraudProof(fraud))
      },
    ),
    answer(
      'header',
      [header, undefined],
      [encodeHeaderReply, parseHeaderReply],
      async (told, checks) => told && checks.checkpoint(told.header, told.certificate),
    ),
    answer(
      'log',
      [{ shards: 1, nextPosition: 7, entries: log }],
      [encodeLogReply, parseLogReply],
      async (told, checks) => {
        for (const { entryWire, certificateWire } of told.entries) {
          await checks.certifiedWires(entryWire, certificateWire)
        }
      },
    ),
  ]
}
