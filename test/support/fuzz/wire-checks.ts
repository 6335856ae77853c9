import type { SignatureVerifier, SignedMessage } from '../../../src/domain/identity/signature.ts'
import { bytesEqual } from '../../../src/domain/kernel/bytes.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { encodeAccountProof } from '../../../src/domain/ledger/account-proof.ts'
import { verifyStanding, type AccountStanding } from '../../../src/domain/ledger/account-standing.ts'
import { parseCertificate, voteDigest, type CertifiedEntry } from '../../../src/domain/ledger/certificate.ts'
import {
  parseCheckpointCertificate,
  verifyCheckpoint,
} from '../../../src/domain/ledger/checkpoint-certificate.ts'
import { parseHeader } from '../../../src/domain/ledger/checkpoint-codec.ts'
import type { SignedCheckpoint } from '../../../src/domain/ledger/checkpoint.ts'
import { parseDelivery, verifyDelivery } from '../../../src/domain/ledger/delivery.ts'
import { parseEntry } from '../../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { factsDigest, parseFacts } from '../../../src/domain/ledger/fact-codec.ts'
import { parseFraudProof, verifyFraudProof } from '../../../src/domain/ledger/fraud-proof.ts'
import { networkIdOf } from '../../../src/domain/ledger/genesis.ts'
import { grantSignatures, parseGrant } from '../../../src/domain/ledger/grant.ts'
import { parseQuote, verifyQuote } from '../../../src/domain/ledger/quote.ts'
import { certifiedSignatures, verifyEntry } from '../../../src/domain/ledger/verify-entry.ts'
import type { Vote } from '../../../src/domain/ledger/vote.ts'
import type { CheckpointChain } from './checkpoint-chain.ts'
import type { FuzzStory } from './fuzz-story.ts'

/** What whoever gets a message does with the signed messages inside of it. Each throws what it refuses with. */
export interface WireChecks {
  signed(messages: readonly SignedMessage[]): Promise<void>
  entry(wire: Uint8Array): Promise<unknown>
  certified(entry: CertifiedEntry): Promise<void>
  certifiedWires(entryWire: Uint8Array, certificateWire: Uint8Array): Promise<void>
  vote(vote: Vote, signed: SignedEntry): Promise<void>
  grant(wire: Uint8Array): Promise<void>
  quote(wire: Uint8Array): Promise<void>
  delivery(wire: Uint8Array): Promise<void>
  fraud(wire: Uint8Array): Promise<void>
  checkpoint(header: Uint8Array, certificate: Uint8Array): Promise<SignedCheckpoint>
  /** Of whichever account it is about. */
  standing(standing: AccountStanding): Promise<void>
  /** Of the checkpoints of the chain, which all have the same facts. */
  facts(wire: Uint8Array): void
}

/** The checks of who knows the story and the checkpoints. */
export function createWireChecks(
  { network, quote }: FuzzStory,
  { checkpoints, tree, leaves }: CheckpointChain,
  verifier: SignatureVerifier,
): WireChecks {
  const { genesis } = network

  async function expectSigned(messages: readonly SignedMessage[]): Promise<void> {
    if (await verifier.verify(messages)) return
    throw new LoremeshError('bad-signature', 'The message is not signed by who it names')
  }

  async function certified(entry: CertifiedEntry): Promise<void> {
    await expectSigned(certifiedSignatures(entry, genesis, []))
  }

  async function checkpoint(header: Uint8Array, certificate: Uint8Array): Promise<SignedCheckpoint> {
    const signed = { ...parseHeader(header), certificate: parseCheckpointCertificate(certificate) }
    await verifyCheckpoint(signed, genesis, verifier, [])
    return signed
  }

  return {
    signed: expectSigned,
    entry: (wire) => verifyEntry(parseEntry(wire), network.lookup(), verifier),
    certified,
    certifiedWires: async (entryWire, certificateWire) =>
      certified({ signed: parseEntry(entryWire), certificate: parseCertificate(certificateWire) }),
    async vote({ authority, signature }, { entry, hash }) {
      const account = genesis.authorities[authority]
      if (account === undefined) throw new LoremeshError('bad-certificate', 'There is no such authority')
      const message = voteDigest(networkIdOf(genesis), entry.account, entry.seq, hash)
      await expectSigned([{ account, message, signature }])
    },
    grant: async (wire) => expectSigned(grantSignatures(parseGrant(wire), genesis)),
    quote: async (wire) => verifyQuote(parseQuote(wire), verifier),
    delivery: async (wire) => verifyDelivery(parseDelivery(wire), quote, verifier),
    fraud: async (wire) => verifyFraudProof(parseFraudProof(wire), genesis, verifier, []),
    checkpoint,
    async standing(standing) {
      await verifyStanding(standing, standing.proof.leaf.account, genesis, verifier, [])
      const genuine = leaves.flatMap(({ account }) => tree.proofOf(account) ?? [])
      expectOneOf(genuine.map(encodeAccountProof), encodeAccountProof(standing.proof))
    },
    facts(wire) {
      const digest = factsDigest(parseFacts(wire))
      if (checkpoints.every(({ header }) => bytesEqual(header.factsDigest, digest))) return
      throw new LoremeshError('bad-checkpoint', 'These are not the facts of the checkpoint')
    },
  }
}

/** Throws, and not by name, when something was taken for genuine that is not. */
export function expectOneOf(genuine: readonly Uint8Array[], bytes: Uint8Array): void {
  if (!genuine.some((one) => bytesEqual(one, bytes))) throw new Error('A forgery was taken for genuine')
}
