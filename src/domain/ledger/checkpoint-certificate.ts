import type { SignatureVerifier, SignedMessage } from '../identity/signature.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { readBlob, readInteger, readTuple } from './cbor-fields.ts'
import { MAX_HEADER_BYTES, parseHeader, readCheckpointHash } from './checkpoint-codec.ts'
import {
  checkpointHashToDigest,
  isConserved,
  type CheckpointCertificate,
  type CheckpointHash,
  type SignedCheckpoint,
} from './checkpoint.ts'
import { decodeLimited } from './envelope.ts'
import { networkIdOf, type Genesis } from './genesis.ts'
import { removedAt, type Removals } from './removals.ts'
import { encodeVotes, readVotes, voteSignatures } from './vote.ts'

/** Largest certificate of a checkpoint on the wire. */
export const MAX_CHECKPOINT_CERTIFICATE_BYTES = 1_024
/** Largest checkpoint with its certificate on the wire. */
export const MAX_SIGNED_CHECKPOINT_BYTES = MAX_HEADER_BYTES + MAX_CHECKPOINT_CERTIFICATE_BYTES + 16

/** What an authority signs when it is ready to make a checkpoint final: tag "precommit", cbor([network, height, round, hash]). */
export function precommitDigest(
  network: Uint8Array,
  height: number,
  round: number,
  hash: CheckpointHash,
): Uint8Array {
  return taggedDigest('precommit', encodeCbor([network, height, round, checkpointHashToDigest(hash)]))
}

/** Wire form: cbor([height, round, hash, [[authority, signature]…]]). */
export function encodeCheckpointCertificate(certificate: CheckpointCertificate): Uint8Array {
  const { height, round, hash, votes } = certificate
  return encodeCbor([height, round, checkpointHashToDigest(hash), encodeVotes(votes)])
}

/** The certificate of a wire form, not verified yet. Throws `message-too-large` or `bad-encoding`. */
export function parseCheckpointCertificate(wire: Uint8Array): CheckpointCertificate {
  const value = decodeLimited(wire, MAX_CHECKPOINT_CERTIFICATE_BYTES, "checkpoint's certificate")
  const [height, round, hash, votes] = readTuple(value, 4, "checkpoint's certificate")
  return {
    height: readInteger(height, 'height'),
    round: readInteger(round, 'round'),
    hash: readCheckpointHash(hash, "checkpoint's hash"),
    votes: readVotes(votes),
  }
}

/** Wire form: cbor([header bytes, certificate bytes]). */
export function encodeSignedCheckpoint({ bytes, certificate }: SignedCheckpoint): Uint8Array {
  return encodeCbor([bytes, encodeCheckpointCertificate(certificate)])
}

/** The checkpoint of a wire form, not verified yet. Throws what `parseHeader` and `parseCheckpointCertificate` throw. */
export function parseSignedCheckpoint(wire: Uint8Array): SignedCheckpoint {
  const value = decodeLimited(wire, MAX_SIGNED_CHECKPOINT_BYTES, 'checkpoint')
  const [header, certificate] = readTuple(value, 2, 'checkpoint')
  return {
    ...parseHeader(readBlob(header, MAX_HEADER_BYTES, "checkpoint's header")),
    certificate: parseCheckpointCertificate(
      readBlob(certificate, MAX_CHECKPOINT_CERTIFICATE_BYTES, "checkpoint's certificate"),
    ),
  }
}

/**
 * The signatures that make a checkpoint final when all of them are right. Votes of authorities don't count that a
 * checkpoint before it removed, by its own word or by `removals`, those of the newest checkpoint that is known. Throws `bad-checkpoint` when it belongs to another network or tokens came from nowhere, `bad-certificate` when the
 * certificate is about another checkpoint or too few voted.
 */
export function checkpointSignatures(
  checkpoint: SignedCheckpoint,
  genesis: Genesis,
  removals: Removals,
): readonly SignedMessage[] {
  const { header, hash, certificate } = checkpoint
  if (!bytesEqual(header.network, networkIdOf(genesis))) {
    throw new LoremeshError('bad-checkpoint', 'The checkpoint belongs to another network')
  }
  if (!isConserved(header)) {
    throw new LoremeshError('bad-checkpoint', 'The tokens of the checkpoint do not add up to what was minted')
  }
  if (certificate.height !== header.height || certificate.hash !== hash) {
    throw new LoremeshError('bad-certificate', 'The certificate is about another checkpoint')
  }
  const digest = precommitDigest(header.network, header.height, certificate.round, hash)
  const removed = removedAt([...removals, ...header.removals], header.height - 1)
  return voteSignatures(certificate.votes, digest, genesis, removed)
}

/** Checks a checkpoint with every signature. Throws what `checkpointSignatures` throws, `bad-certificate` for a wrong one. */
export async function verifyCheckpoint(
  checkpoint: SignedCheckpoint,
  genesis: Genesis,
  verifier: SignatureVerifier,
  removals: Removals,
): Promise<void> {
  if (!(await verifier.verify(checkpointSignatures(checkpoint, genesis, removals)))) {
    throw new LoremeshError('bad-certificate', 'Not every vote for the checkpoint is signed by its authority')
  }
}
