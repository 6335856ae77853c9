import { SIGNATURE_BYTES, verifySignature } from '../identity/signature.ts'
import type { CborValue } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { readBytes, readInteger, readList, readTuple } from './cbor-fields.ts'
import { MAX_AUTHORITIES, quorumOf, type Genesis } from './genesis.ts'

/** One authority's signature under something that a quorum must agree on: an entry, or a system fact. */
export interface Vote {
  /** Index of the authority in the genesis. */
  readonly authority: number
  readonly signature: Uint8Array
}

/** CBOR form: [[authority, signature]…]. */
export function encodeVotes(votes: readonly Vote[]): CborValue {
  return votes.map(({ authority, signature }) => [authority, signature])
}

/** Votes of their CBOR form. Throws `bad-encoding`. */
export function readVotes(value: CborValue | undefined): Vote[] {
  return readList(value, MAX_AUTHORITIES, 'votes').map((item) => {
    const [authority, signature] = readTuple(item, 2, 'vote')
    return {
      authority: readInteger(authority, 'authority', MAX_AUTHORITIES - 1),
      signature: readBytes(signature, SIGNATURE_BYTES, "vote's signature"),
    }
  })
}

/**
 * Checks that a quorum of the genesis' authorities signed the digest: in ascending order, each once, every signature
 * right. Throws `bad-certificate`.
 */
export function verifyVotes(votes: readonly Vote[], digest: Uint8Array, genesis: Genesis): void {
  if (votes.length < quorumOf(genesis)) {
    throw new LoremeshError(
      'bad-certificate',
      `${votes.length} of ${quorumOf(genesis)} needed authorities signed`,
    )
  }
  let previous = -1
  for (const { authority, signature } of votes) {
    const key = genesis.authorities[authority]
    if (authority <= previous || key === undefined) {
      throw new LoremeshError(
        'bad-certificate',
        'The votes are not of different authorities in ascending order',
      )
    }
    if (!verifySignature(key, digest, signature)) {
      throw new LoremeshError('bad-certificate', `Authority ${authority} did not sign this`)
    }
    previous = authority
  }
}
