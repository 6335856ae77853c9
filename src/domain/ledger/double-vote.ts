import { SIGNATURE_BYTES, type SignatureVerifier, type SignedMessage } from '../identity/signature.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { readBlob, readBytes, readInteger, readTuple } from './cbor-fields.ts'
import { voteDigest } from './certificate.ts'
import { MAX_ENTRY_WIRE_BYTES, parseEntry } from './entry-codec.ts'
import type { SignedEntry } from './entry.ts'
import { decodeLimited } from './envelope.ts'
import { slotOf } from './fork-proof.ts'
import { MAX_AUTHORITIES, networkIdOf, type Genesis } from './genesis.ts'
import { entrySignature } from './verify-entry.ts'

/** An entry and an authority's signature of its vote for it. */
export interface CastVote {
  readonly signed: SignedEntry
  readonly signature: Uint8Array
}

/**
 * Two votes of one authority for different entries at one place, which an honest authority never casts: it may vote anew
 * instead of for a claim that can't be certified any more, but for nothing else, unless a checkpoint declared the place
 * void. Who judges the authority has to know those. The vote for the entry with the smaller hash comes first.
 */
export interface DoubleVote {
  /** Index of the authority in the genesis. */
  readonly authority: number
  readonly first: CastVote
  readonly second: CastVote
}

/** Largest evidence on the wire: two entries and signatures, and 16 bytes that CBOR adds. */
export const MAX_DOUBLE_VOTE_BYTES = 2 * (MAX_ENTRY_WIRE_BYTES + SIGNATURE_BYTES) + 16

/** The evidence that two votes of an authority make; undefined where they prove nothing against it. */
export function proveDoubleVote(authority: number, a: CastVote, b: CastVote): DoubleVote | undefined {
  const isAtOnePlace = slotOf(a.signed.entry) === slotOf(b.signed.entry)
  if (!isAtOnePlace || a.signed.hash === b.signed.hash || isClaim(a.signed) || isClaim(b.signed)) {
    return undefined
  }
  const [first, second] = a.signed.hash < b.signed.hash ? [a, b] : [b, a]
  return { authority, first, second }
}

/** Wire form: cbor([authority, first entry, its vote's signature, second entry, its vote's signature]). */
export function encodeDoubleVote({ authority, first, second }: DoubleVote): Uint8Array {
  const { signed: one, signature: oneSignature } = first
  const { signed: other, signature: otherSignature } = second
  return encodeCbor([authority, one.wire, oneSignature, other.wire, otherSignature])
}

/**
 * The evidence of a wire form, with everything checked but the signatures. Throws `message-too-large`, `bad-encoding`,
 * what `parseEntry` throws, and `bad-proof` for votes that prove nothing or stand in another order.
 */
export function parseDoubleVote(wire: Uint8Array): DoubleVote {
  const value = decodeLimited(wire, MAX_DOUBLE_VOTE_BYTES, 'double vote')
  const [authority, one, oneSignature, other, otherSignature] = readTuple(value, 5, 'double vote')
  const first: CastVote = {
    signed: parseEntry(readBlob(one, MAX_ENTRY_WIRE_BYTES, 'first entry')),
    signature: readBytes(oneSignature, SIGNATURE_BYTES, "first vote's signature"),
  }
  const second: CastVote = {
    signed: parseEntry(readBlob(other, MAX_ENTRY_WIRE_BYTES, 'second entry')),
    signature: readBytes(otherSignature, SIGNATURE_BYTES, "second vote's signature"),
  }
  const index = readInteger(authority, 'authority', MAX_AUTHORITIES - 1)
  const evidence = proveDoubleVote(index, first, second)
  if (evidence?.first !== first) {
    throw new LoremeshError('bad-proof', 'The two votes do not prove a double vote, or not in this order')
  }
  return evidence
}

/** Every signature that the evidence relies on. Throws `bad-entry` for another network, `bad-proof` for no authority. */
function doubleVoteSignatures(
  { authority, first, second }: DoubleVote,
  genesis: Genesis,
): readonly SignedMessage[] {
  const account = genesis.authorities[authority]
  if (account === undefined) throw new LoremeshError('bad-proof', `There is no authority ${authority}`)
  return [first, second].flatMap(({ signed, signature }) => {
    const { account: owner, seq } = signed.entry
    const message = voteDigest(networkIdOf(genesis), owner, seq, signed.hash)
    return [entrySignature(signed, genesis), { account, message, signature }]
  })
}

/** Checks every signature of the evidence. Throws `bad-signature` and what `doubleVoteSignatures` throws. */
export async function verifyDoubleVote(
  evidence: DoubleVote,
  genesis: Genesis,
  verifier: SignatureVerifier,
): Promise<void> {
  if (!(await verifier.verify(doubleVoteSignatures(evidence, genesis)))) {
    throw new LoremeshError(
      'bad-signature',
      'The entries of the double vote, or the votes, are wrongly signed',
    )
  }
}

function isClaim({ entry }: SignedEntry): boolean {
  return entry.operation.type === 'claim'
}
