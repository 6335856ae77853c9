import type { SignatureVerifier } from '../identity/signature.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { readBlob, readInteger, readTuple } from './cbor-fields.ts'
import { encodeDoubleVote, parseDoubleVote, verifyDoubleVote, type DoubleVote } from './double-vote.ts'
import { decodeLimited } from './envelope.ts'
import {
  encodeForkProof,
  forkIdOf,
  MAX_FORK_PROOF_BYTES,
  parseForkProof,
  verifyForkProof,
  type ForkProof,
} from './fork-proof.ts'
import type { Genesis } from './genesis.ts'
import type { Removals } from './removals.ts'

/** What shows by itself that an account or an authority cheated. Whoever gets it can check it and pass it on. */
export type FraudProof =
  | { readonly type: 'fork-proof'; readonly proof: ForkProof }
  | { readonly type: 'double-vote'; readonly evidence: DoubleVote }

const codes = { 'fork-proof': 1, 'double-vote': 2 } as const

/** Largest proof of fraud on the wire. */
export const MAX_FRAUD_PROOF_BYTES = MAX_FORK_PROOF_BYTES + 8

/** What names a fraud, whichever messages prove it: the place of a fork, or the authority that voted twice. */
export function fraudIdOf(fraud: FraudProof): string {
  return fraud.type === 'fork-proof' ? forkIdOf(fraud.proof) : `authority ${fraud.evidence.authority}`
}

/** Wire form: cbor([1, fork proof]) or cbor([2, double vote]), each in its own wire form. */
export function encodeFraudProof(fraud: FraudProof): Uint8Array {
  const wire = fraud.type === 'fork-proof' ? encodeForkProof(fraud.proof) : encodeDoubleVote(fraud.evidence)
  return encodeCbor([codes[fraud.type], wire])
}

/** The proof of a wire form, its signatures not checked. Throws what `parseForkProof` and `parseDoubleVote` throw. */
export function parseFraudProof(wire: Uint8Array): FraudProof {
  const value = decodeLimited(wire, MAX_FRAUD_PROOF_BYTES, 'proof of fraud')
  const [code, body] = readTuple(value, 2, 'proof of fraud')
  const bytes = readBlob(body, MAX_FORK_PROOF_BYTES, 'proof')
  switch (readInteger(code, 'kind of proof')) {
    case codes['fork-proof']:
      return { type: 'fork-proof', proof: parseForkProof(bytes) }
    case codes['double-vote']:
      return { type: 'double-vote', evidence: parseDoubleVote(bytes) }
    default:
      throw new LoremeshError('unsupported', 'This kind of proof is not known here', 'Update Loremesh')
  }
}

/**
 * Checks every signature of a proof; votes don't count of authorities that were removed by `removals`. Throws
 * `bad-signature`, `bad-entry`, `bad-certificate` or `bad-proof`.
 */
export function verifyFraudProof(
  fraud: FraudProof,
  genesis: Genesis,
  verifier: SignatureVerifier,
  removals: Removals,
): Promise<void> {
  return fraud.type === 'fork-proof'
    ? verifyForkProof(fraud.proof, genesis, verifier, removals)
    : verifyDoubleVote(fraud.evidence, genesis, verifier)
}
