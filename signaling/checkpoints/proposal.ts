import { encodeCbor, type CborValue } from '../../src/domain/kernel/cbor.ts'
import type { PayloadFormat } from '../../src/domain/ledger/agreement-message.ts'
import { readBlob, readList, readTuple } from '../../src/domain/ledger/cbor-fields.ts'
import { MAX_HEADER_BYTES, parseHeader } from '../../src/domain/ledger/checkpoint-codec.ts'
import type { Checkpoint } from '../../src/domain/ledger/checkpoint.ts'
import { MAX_CLAIM_WIRE_BYTES, parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import { decodeLimited } from '../../src/domain/ledger/envelope.ts'
import { encodeFacts, MAX_FACTS_BYTES, parseFacts } from '../../src/domain/ledger/fact-codec.ts'
import type { Fact } from '../../src/domain/ledger/fact.ts'
import {
  encodeFraudProof,
  MAX_FRAUD_PROOF_BYTES,
  parseFraudProof,
  type FraudProof,
} from '../../src/domain/ledger/fraud-proof.ts'
import { MAX_AGREEMENT_BYTES } from '../../src/protocols/authority.ts'
import { encodeCut, MAX_CUT_BYTES, parseCut, type CutPlace } from './cut.ts'

/*
 * The authorities agree on a header. What it follows from, the proposal, is asked for by the header's hash, so that what
 * they tell each other again and again is small. The hash does not cover the cut as it is written, nor the proofs: a wrong
 * proposal says nothing against others of the same hash.
 */

/** A checkpoint that an authority proposes, with everything that others need to judge it. */
export interface Proposal {
  readonly checkpoint: Checkpoint
  readonly facts: readonly Fact[]
  readonly cut: readonly CutPlace[]
  /** What its facts about frauds rest on. */
  readonly proofs: readonly FraudProof[]
  /** Abandoned claims, whose places it declares void. */
  readonly claims: readonly SignedEntry[]
}

/** Most accounts and authorities against which one checkpoint states a fraud. */
export const MAX_FRAUDS = 32
/** Most abandoned claims whose places one checkpoint declares void. */
export const MAX_ABANDONED = 64

/** The value that the agreement is on is the header; its id is the checkpoint's hash. */
export const headerFormat: PayloadFormat = {
  maxPayloadBytes: MAX_HEADER_BYTES,
  idOf: (header) => parseHeader(header).hash,
}

/** Wire form: cbor([header, facts, cut, [proof of fraud…], [claim…]]), each in its own wire form. */
export function encodeProposal({ checkpoint, facts, cut, proofs, claims }: Proposal): Uint8Array {
  const wires: readonly CborValue[] = proofs.map(encodeFraudProof)
  const claimWires: readonly CborValue[] = claims.map(({ wire }) => wire)
  return encodeCbor([checkpoint.bytes, encodeFacts(facts), encodeCut(cut), wires, claimWires])
}

/**
 * The proposal of a wire form, of which nothing is judged yet. Throws `message-too-large`, `bad-encoding`, and what the
 * parsers of its parts throw.
 */
export function parseProposal(wire: Uint8Array): Proposal {
  const value = decodeLimited(wire, MAX_AGREEMENT_BYTES, 'proposal')
  const [header, facts, cut, proofs, claims] = readTuple(value, 5, 'proposal')
  return {
    checkpoint: parseHeader(readBlob(header, MAX_HEADER_BYTES, 'header')),
    facts: parseFacts(readBlob(facts, MAX_FACTS_BYTES, 'facts')),
    cut: parseCut(readBlob(cut, MAX_CUT_BYTES, 'cut')),
    proofs: readList(proofs, MAX_FRAUDS, 'proofs').map((proof) =>
      parseFraudProof(readBlob(proof, MAX_FRAUD_PROOF_BYTES, 'proof of fraud')),
    ),
    claims: readList(claims, MAX_ABANDONED, 'claims').map((claim) =>
      parseEntry(readBlob(claim, MAX_CLAIM_WIRE_BYTES, 'claim')),
    ),
  }
}
