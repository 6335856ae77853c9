import { encodeCut, parseCut } from '../../../signaling/checkpoints/cut.ts'
import { encodeProposal, headerFormat, parseProposal } from '../../../signaling/checkpoints/proposal.ts'
import type { SignatureVerifier } from '../../../src/domain/identity/signature.ts'
import {
  encodeAgreementMessage,
  parseAgreementMessage,
} from '../../../src/domain/ledger/agreement-message.ts'
import { verifyAgreementMessage } from '../../../src/domain/ledger/agreement-signature.ts'
import { encodeCertificate } from '../../../src/domain/ledger/certificate.ts'
import { encodeCheckpointCertificate } from '../../../src/domain/ledger/checkpoint-certificate.ts'
import { checkpointHashToDigest } from '../../../src/domain/ledger/checkpoint.ts'
import { encodeFacts } from '../../../src/domain/ledger/fact-codec.ts'
import {
  encodeAuthorityRequest,
  encodeCheckpointWiresReply,
  encodeHashesReply,
  encodeLogReply,
  encodeProposalReply,
  encodeReceivedReply,
  MAX_AUTHORITY_ANSWER_BYTES,
  MAX_AUTHORITY_REQUEST_BYTES,
  parseAuthorityRequest,
  parseCheckpointWiresReply,
  parseHashesReply,
  parseLogReply,
  parseProposalReply,
  parseReceivedReply,
  type AuthorityRequest,
} from '../../../src/protocols/authority.ts'
import type { AgreementSamples } from './agreement-kinds.ts'
import type { CheckpointChain } from './checkpoint-chain.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { plainKind, type MessageKind } from './message-kind.ts'
import type { WireChecks } from './wire-checks.ts'

/** Valid requests between authorities, of every type. */
export function authorityRequests(
  { proposals, prevotes, precommits, polkas }: AgreementSamples,
  { checkpoints }: CheckpointChain,
): readonly AuthorityRequest[] {
  const messages = [...proposals, ...prevotes, ...precommits, ...polkas]
  return [
    { type: 'log', shard: 0, fromPosition: 1 },
    { type: 'hashes', shard: 0, fromPosition: 1 },
    ...messages.map((message): AuthorityRequest => {
      return { type: 'agreement', messageWire: encodeAgreementMessage(message) }
    }),
    ...checkpoints.map(({ hash }): AuthorityRequest => {
      return { type: 'proposal', hash: checkpointHashToDigest(hash) }
    }),
    ...checkpoints.map(({ header }): AuthorityRequest => ({ type: 'checkpoint', height: header.height })),
  ]
}

/** What authorities ask each other and answer. */
export function authorityProtocolKinds(
  story: FuzzStory,
  samples: AgreementSamples,
  chain: CheckpointChain,
  checksBy: (verifier: SignatureVerifier) => WireChecks,
): readonly MessageKind[] {
  const requests = authorityRequests(samples, chain)
  const types = [...new Set(requests.map(({ type }) => type))]
  return [
    ...types.map((type) =>
      plainKind(
        `authority request: ${type}`,
        MAX_AUTHORITY_REQUEST_BYTES,
        requests.filter((request) => request.type === type),
        {
          encode: encodeAuthorityRequest,
          parse: parseAuthorityRequest,
          async verify(request, verifier) {
            if (request.type !== 'agreement') return
            const message = parseAgreementMessage(request.messageWire, headerFormat)
            await verifyAgreementMessage(message, story.network.genesis, verifier)
          },
        },
      ),
    ),
    ...answerKinds(story, chain, checksBy),
  ]
}

function answerKinds(
  { network }: FuzzStory,
  { checkpoints, facts, leaves }: CheckpointChain,
  checksBy: (verifier: SignatureVerifier) => WireChecks,
): readonly MessageKind[] {
  const [checkpoint] = checkpoints
  if (checkpoint === undefined) throw new RangeError('There is no checkpoint')
  const cut = leaves.map(({ account, seq }) => ({ account, seq }))
  const wires = {
    header: checkpoint.bytes,
    certificate: encodeCheckpointCertificate(checkpoint.certificate),
    facts: encodeFacts(facts),
    cut: encodeCut(cut),
  }
  const entries = network.certified.slice(0, 8).map(({ signed, certificate }) => {
    return { entryWire: signed.wire, certificateWire: encodeCertificate(certificate) }
  })

  const answer = <T>(
    name: string,
    values: readonly T[],
    [encode, parse]: readonly [(value: T) => Uint8Array, (body: Uint8Array) => T],
    verify?: (value: T, checks: WireChecks) => Promise<unknown>,
  ): MessageKind =>
    plainKind(`authority answer: ${name}`, MAX_AUTHORITY_ANSWER_BYTES, values, {
      encode,
      parse,
      verify: async (value, verifier) => verify?.(value, checksBy(verifier)),
    })

  return [
    answer(
      'log',
      [{ shards: 2, nextPosition: 9, entries }],
      [encodeLogReply, parseLogReply],
      async (told, checks) => {
        for (const { entryWire, certificateWire } of told.entries) {
          await checks.certifiedWires(entryWire, certificateWire)
        }
      },
    ),
    answer(
      'hashes',
      [
        {
          shards: 2,
          entries: network.certified
            .slice(0, 8)
            .map(({ signed: { hash } }, position) => ({ position, hash })),
        },
      ],
      [encodeHashesReply, parseHashesReply],
    ),
    answer('received', [undefined], [encodeReceivedReply, parseReceivedReply]),
    answer(
      'proposal',
      [encodeProposal({ checkpoint, facts, cut, proofs: [], claims: [] }), undefined],
      [encodeProposalReply, parseProposalReply],
      (told) => Promise.resolve(told && parseProposal(told)),
    ),
    answer(
      'checkpoint',
      [wires, undefined],
      [encodeCheckpointWiresReply, parseCheckpointWiresReply],
      async (told, checks) => {
        if (told === undefined) return
        await checks.checkpoint(told.header, told.certificate)
        checks.facts(told.facts)
        parseCut(told.cut)
      },
    ),
  ]
}
