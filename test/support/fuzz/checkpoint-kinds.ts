import { encodeCut, MAX_CUT_BYTES, parseCut } from '../../../signaling/checkpoints/cut.ts'
import { encodeProposal, parseProposal } from '../../../signaling/checkpoints/proposal.ts'
import {
  encodeAccountProof,
  MAX_ACCOUNT_PROOF_BYTES,
  parseAccountProof,
  verifyAccountProof,
} from '../../../src/domain/ledger/account-proof.ts'
import {
  encodeStanding,
  MAX_STANDING_BYTES,
  parseStanding,
  verifyStanding,
} from '../../../src/domain/ledger/account-standing.ts'
import {
  encodeCheckpointCertificate,
  encodeSignedCheckpoint,
  MAX_CHECKPOINT_CERTIFICATE_BYTES,
  MAX_SIGNED_CHECKPOINT_BYTES,
  parseCheckpointCertificate,
  parseSignedCheckpoint,
  verifyCheckpoint,
} from '../../../src/domain/ledger/checkpoint-certificate.ts'
import {
  createCheckpoint,
  MAX_HEADER_BYTES,
  parseHeader,
} from '../../../src/domain/ledger/checkpoint-codec.ts'
import { encodeFacts, MAX_FACTS_BYTES, parseFacts } from '../../../src/domain/ledger/fact-codec.ts'
import { parseFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { headersBetween, verifySkipChain } from '../../../src/domain/ledger/skip-links.ts'
import { MAX_AGREEMENT_BYTES } from '../../../src/protocols/authority.ts'
import {
  encodeCheckpointReply,
  MAX_LEDGER_ANSWER_BYTES,
  parseCheckpointReply,
} from '../../../src/protocols/ledger-replies.ts'
import type { CheckpointChain } from './checkpoint-chain.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { cborKind, type MessageKind } from './message-kind.ts'
import { fraudWiresOf } from './signed-kinds.ts'
import { expectOneOf } from './wire-checks.ts'

/** Height of the checkpoint from which skip chains lead to the newest one. */
const KNOWN_HEIGHT = 3

/** Checkpoints, and everything that they rest on or that rests on them. */
export function checkpointKinds(story: FuzzStory, chain: CheckpointChain): readonly MessageKind[] {
  const { genesis } = story.network
  const { checkpoints, tree, leaves, facts } = chain
  const newest = newestOf(chain)
  const proofs = leaves.flatMap(({ account }) => tree.proofOf(account) ?? [])
  const places = leaves.map(({ account, seq }) => ({ account, seq }))
  const proposal = {
    claims: [],
    checkpoint: newest,
    facts,
    cut: places,
    proofs: fraudWiresOf(story).map(parseFraudProof),
  }
  return [
    cborKind(
      'checkpoint header',
      MAX_HEADER_BYTES,
      checkpoints.map(({ bytes }) => bytes),
      (wire) => ({
        again: createCheckpoint(parseHeader(wire).header).bytes,
      }),
    ),
    cborKind(
      "checkpoint's certificate",
      MAX_CHECKPOINT_CERTIFICATE_BYTES,
      checkpoints.map(({ certificate }) => encodeCheckpointCertificate(certificate)),
      (wire) => {
        const certificate = parseCheckpointCertificate(wire)
        const checkpoint = checkpoints.find(({ hash }) => hash === certificate.hash) ?? newest
        return {
          again: encodeCheckpointCertificate(certificate),
          verify: (verifier) => verifyCheckpoint({ ...checkpoint, certificate }, genesis, verifier, []),
        }
      },
    ),
    cborKind('checkpoint', MAX_SIGNED_CHECKPOINT_BYTES, checkpoints.map(encodeSignedCheckpoint), (wire) => {
      const checkpoint = parseSignedCheckpoint(wire)
      return {
        again: encodeSignedCheckpoint(checkpoint),
        verify: (verifier) => verifyCheckpoint(checkpoint, genesis, verifier, []),
      }
    }),
    cborKind(
      'facts',
      MAX_FACTS_BYTES,
      [encodeFacts(facts), encodeFacts(facts.slice(0, 10)), encodeFacts([])],
      (wire) => ({
        again: encodeFacts(parseFacts(wire)),
      }),
    ),
    cborKind('account proof', MAX_ACCOUNT_PROOF_BYTES, proofs.map(encodeAccountProof), (wire) => {
      const proof = parseAccountProof(wire)
      return {
        again: encodeAccountProof(proof),
        verify: () => {
          verifyAccountProof(proof, newest.header)
          expectOneOf(proofs.map(encodeAccountProof), wire)
          return Promise.resolve()
        },
      }
    }),
    cborKind(
      'standing',
      MAX_STANDING_BYTES,
      proofs.map((proof) => encodeStanding({ checkpoint: newest, proof })),
      (wire) => {
        const standing = parseStanding(wire)
        return {
          again: encodeStanding(standing),
          async verify(verifier) {
            const { account } = standing.proof.leaf
            await verifyStanding(standing, account, genesis, verifier, [])
            expectOneOf(proofs.map(encodeAccountProof), encodeAccountProof(standing.proof))
          },
        }
      },
    ),
    skipChainKind(story, chain),
    cborKind('cut', MAX_CUT_BYTES, [encodeCut(places), encodeCut([])], (wire) => ({
      again: encodeCut(parseCut(wire)),
    })),
    cborKind('proposal', MAX_AGREEMENT_BYTES, [encodeProposal(proposal)], (wire) => ({
      again: encodeProposal(parseProposal(wire)),
    })),
  ]
}

/** Headers that link the newest checkpoint with an older one, as an authority answers with them. */
function skipChainKind({ network: { genesis } }: FuzzStory, chain: CheckpointChain): MessageKind {
  const newest = newestOf(chain)
  const known = chain.checkpoints[KNOWN_HEIGHT - 1] ?? newest
  const olderHeaders = headersBetween(KNOWN_HEIGHT, newest.header.height)
    .slice(1)
    .flatMap((height) => chain.checkpoints[height - 1]?.bytes ?? [])
  const certificate = encodeCheckpointCertificate(newest.certificate)
  const valid = encodeCheckpointReply({ header: newest.bytes, certificate, olderHeaders })
  return cborKind('skip chain', MAX_LEDGER_ANSWER_BYTES, [valid], (wire) => {
    const answer = parseCheckpointReply(wire)
    const again = encodeCheckpointReply(answer)
    if (answer === undefined) return { again }
    const checkpoint = {
      ...parseHeader(answer.header),
      certificate: parseCheckpointCertificate(answer.certificate),
    }
    const headers = [checkpoint, ...answer.olderHeaders.map(parseHeader)]
    return {
      again,
      async verify(verifier) {
        verifySkipChain(headers, { height: KNOWN_HEIGHT, hash: known.hash })
        await verifyCheckpoint(checkpoint, genesis, verifier, [])
        for (const { bytes } of headers)
          expectOneOf(
            chain.checkpoints.map((one) => one.bytes),
            bytes,
          )
      },
    }
  })
}

function newestOf({ checkpoints }: CheckpointChain): CheckpointChain['checkpoints'][number] {
  const newest = checkpoints.at(-1)
  if (newest === undefined) throw new RangeError('There is no checkpoint')
  return newest
}
