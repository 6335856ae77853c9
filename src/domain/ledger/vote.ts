import { SIGNATURE_BYTES, type SignedMessage } from '../identity/signature.ts'
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

/** Whether the votes are those of a quorum without the `removed` authorities; their signatures are not looked at. */
export function hasQuorum(
  votes: readonly Vote[],
  genesis: Pick<Genesis, 'authorities'>,
  removed: ReadonlySet<number>,
): boolean {
  return votes.filter(({ authority }) => !removed.has(authority)).length >= quorumOf(genesis)
}

/**
 * The signatures of a quorum of the genesis' authorities under a digest, in ascending order, each authority once. What
 * they are under holds when all of them are right. Votes of `removed` authorities don't count. Throws `bad-certificate`.
 */
export function voteSignatures(
  votes: readonly Vote[],
  digest: Uint8Array,
  genesis: Pick<Genesis, 'authorities'>,
  removed: ReadonlySet<number> = new Set(),
): readonly SignedMessage[] {
  const signatures: SignedMessage[] = []
  let previous = -1
  for (const { authority, signature } of votes) {
    const account = genesis.authorities[authority]
    if (authority <= previous || account === undefined) {
      throw new LoremeshError(
        'bad-certificate',
        'The votes are not of different authorities in ascending order',
      )
    }
    previous = authority
    if (!removed.has(authority)) signatures.push({ account, message: digest, signature })
  }
  if (signatures.length < quorumOf(genesis)) {
    throw new LoremeshError(
      'bad-certificate',
      `${signatures.length} of ${quorumOf(genesis)} needed authorities signed`,
    )
  }
  return signatures
}
