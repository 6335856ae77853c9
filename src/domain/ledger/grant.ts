import type { Account } from '../identity/account.ts'
import type { Identity } from '../identity/identity.ts'
import type { SignedMessage } from '../identity/signature.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { decodeCbor, encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import { readAccount, readAmount, readBlob, readBytes, readText, readTuple } from './cbor-fields.ts'
import { decodeLimited } from './envelope.ts'
import { NETWORK_ID_BYTES, networkIdOf, type Genesis } from './genesis.ts'
import { encodeVotes, readVotes, voteSignatures, type Vote } from './vote.ts'

/** Id of every starter grant: since an account collects an id only once, it gets one starter grant at most. */
export const STARTER_GRANT_ID = 'starter'

/** The system fact that an account is given spend-only tokens. No account can write it for itself: authorities sign it. */
export interface Grant {
  readonly kind: 'starter'
  readonly account: Account
  readonly amount: MicroTokens
  /** Names the grant among those of its account. */
  readonly id: string
}

/** A grant with the exact bytes that the authorities signed. `wire` is cbor([bytes, [[authority, signature]…]]). */
export interface SignedGrant {
  readonly grant: Grant
  readonly network: Uint8Array
  readonly bytes: Uint8Array
  readonly votes: readonly Vote[]
  readonly wire: Uint8Array
}

const MAX_GRANT_BYTES = 256
export const MAX_GRANT_WIRE_BYTES = 768
const MAX_ID_LENGTH = 64
const starterKind = 0

/** Body of a fact: cbor([1, network, kind, account, amount, id]). The same at every authority, so that signatures add up. */
export function encodeGrant(grant: Grant, genesis: Genesis): Uint8Array {
  const { account, amount, id } = grant
  return encodeCbor([1, networkIdOf(genesis), starterKind, account, amount, id])
}

/** What an authority signs: tag "fact", the body. */
export function grantDigest(bytes: Uint8Array): Uint8Array {
  return taggedDigest('fact', bytes)
}

/** An authority's signature under the body of a fact. */
export function signGrant(identity: Pick<Identity, 'sign'>, authority: number, bytes: Uint8Array): Vote {
  return { authority, signature: identity.sign(grantDigest(bytes)) }
}

/** Wire form of a fact's body with the authorities' signatures. */
export function encodeSignedGrant(bytes: Uint8Array, votes: readonly Vote[]): Uint8Array {
  return encodeCbor([bytes, encodeVotes(votes)])
}

/** The grant of a wire form, not verified yet. Throws `message-too-large`, `bad-encoding` or `unsupported`. */
export function parseGrant(wire: Uint8Array): SignedGrant {
  const [body, votes] = readTuple(decodeLimited(wire, MAX_GRANT_WIRE_BYTES, 'grant'), 2, 'grant')
  const bytes = readBlob(body, MAX_GRANT_BYTES, "grant's body")
  const [version, network, kind, account, amount, id] = readTuple(decodeCbor(bytes), 6, "grant's body")
  if (version !== 1 || kind !== starterKind || id !== STARTER_GRANT_ID) {
    throw new LoremeshError('unsupported', 'This kind of grant is not known here', 'Update Loremesh')
  }
  return {
    grant: {
      kind: 'starter',
      account: readAccount(account, 'account'),
      amount: readAmount(amount, 'amount'),
      id: readText(id, MAX_ID_LENGTH, 'grant id'),
    },
    network: readBytes(network, NETWORK_ID_BYTES, 'network id'),
    bytes,
    votes: readVotes(votes),
    wire,
  }
}

/**
 * The signatures under a grant, of a quorum of the network's authorities without those `removed`; it holds when all of them
 * are right. Throws
 * `bad-certificate` when it belongs to another network or too few signed.
 */
export function grantSignatures(
  signed: SignedGrant,
  genesis: Genesis,
  removed?: ReadonlySet<number>,
): readonly SignedMessage[] {
  if (!bytesEqual(signed.network, networkIdOf(genesis))) {
    throw new LoremeshError('bad-certificate', 'The grant belongs to another network')
  }
  return voteSignatures(signed.votes, grantDigest(signed.bytes), genesis, removed)
}
