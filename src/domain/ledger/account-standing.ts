import type { Account } from '../identity/account.ts'
import type { SignatureVerifier } from '../identity/signature.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import type { AccountLeaf } from './account-leaf.ts'
import {
  encodeAccountProof,
  MAX_ACCOUNT_PROOF_BYTES,
  parseAccountProof,
  verifyAccountProof,
  type AccountProof,
} from './account-proof.ts'
import { readBlob, readTuple } from './cbor-fields.ts'
import {
  encodeSignedCheckpoint,
  MAX_SIGNED_CHECKPOINT_BYTES,
  parseSignedCheckpoint,
  verifyCheckpoint,
} from './checkpoint-certificate.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import { decodeLimited } from './envelope.ts'
import type { Genesis } from './genesis.ts'
import type { Removals } from './removals.ts'

/** Where an account stands in a final checkpoint: anybody can check it who knows the genesis. */
export interface AccountStanding {
  readonly checkpoint: SignedCheckpoint
  readonly proof: AccountProof
}

/** Largest standing on the wire. */
export const MAX_STANDING_BYTES = MAX_SIGNED_CHECKPOINT_BYTES + MAX_ACCOUNT_PROOF_BYTES + 16

/** Wire form: cbor([checkpoint, proof]). */
export function encodeStanding({ checkpoint, proof }: AccountStanding): Uint8Array {
  return encodeCbor([encodeSignedCheckpoint(checkpoint), encodeAccountProof(proof)])
}

/** The standing of a wire form, not verified yet. Throws what `parseSignedCheckpoint` and `parseAccountProof` throw. */
export function parseStanding(wire: Uint8Array): AccountStanding {
  const [checkpoint, proof] = readTuple(decodeLimited(wire, MAX_STANDING_BYTES, 'standing'), 2, 'standing')
  return {
    checkpoint: parseSignedCheckpoint(readBlob(checkpoint, MAX_SIGNED_CHECKPOINT_BYTES, 'checkpoint')),
    proof: parseAccountProof(readBlob(proof, MAX_ACCOUNT_PROOF_BYTES, 'proof')),
  }
}

/**
 * The account's leaf in the checkpoint, with the path and every signature checked that counts by `removals`. Throws `bad-proof` when it is another
 * account's, and what `verifyCheckpoint` and `verifyAccountProof` throw.
 */
export async function verifyStanding(
  { checkpoint, proof }: AccountStanding,
  account: Account,
  genesis: Genesis,
  verifier: SignatureVerifier,
  removals: Removals,
): Promise<AccountLeaf> {
  if (!bytesEqual(proof.leaf.account, account)) {
    throw new LoremeshError('bad-proof', 'The standing is that of another account')
  }
  verifyAccountProof(proof, checkpoint.header)
  await verifyCheckpoint(checkpoint, genesis, verifier, removals)
  return proof.leaf
}
