import type { Account } from '../identity/account.ts'
import type { Identity } from '../identity/identity.ts'
import type { SignatureVerifier, SignedMessage } from '../identity/signature.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { readAccount, readEntryHash, readInteger, readTuple } from './cbor-fields.ts'
import { entryHashToDigest, type EntryHash, type SignedEntry } from './entry.ts'
import { decodeLimited } from './envelope.ts'
import { networkIdOf, type Genesis } from './genesis.ts'
import { removedAt, type Removals } from './removals.ts'
import { encodeVotes, readVotes, voteSignatures, type Vote } from './vote.ts'

/** Votes of at least 2f+1 of 3f+1 authorities for one entry: the entry is final. */
export interface Certificate {
  readonly entryHash: EntryHash
  readonly account: Account
  readonly seq: number
  readonly votes: readonly Vote[]
}

/** An entry with the certificate that makes it final. */
export interface CertifiedEntry {
  readonly signed: SignedEntry
  readonly certificate: Certificate
}

export const MAX_CERTIFICATE_WIRE_BYTES = 1_024

/** What an authority signs: that it knows no other entry than this one at this place of the account's chain. */
export function voteDigest(network: Uint8Array, account: Account, seq: number, hash: EntryHash): Uint8Array {
  return taggedDigest('vote', encodeCbor([network, account, seq, entryHashToDigest(hash)]))
}

/** An authority's vote for an entry. */
export function signVote(identity: Pick<Identity, 'sign'>, authority: number, signed: SignedEntry): Vote {
  const { network, account, seq } = signed.entry
  return { authority, signature: identity.sign(voteDigest(network, account, seq, signed.hash)) }
}

/** The certificate that votes for an entry make up, in the order of the authorities. */
export function createCertificate(signed: SignedEntry, votes: readonly Vote[]): Certificate {
  return {
    entryHash: signed.hash,
    account: signed.entry.account,
    seq: signed.entry.seq,
    votes: [...votes].sort((a, b) => a.authority - b.authority),
  }
}

/** Wire form: cbor([entryHash, account, seq, [[authority, signature]…]]). */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const { entryHash, account, seq, votes } = certificate
  return encodeCbor([entryHashToDigest(entryHash), account, seq, encodeVotes(votes)])
}

/** The certificate of a wire form, not verified yet. Throws `message-too-large` or `bad-encoding`. */
export function parseCertificate(wire: Uint8Array): Certificate {
  const value = decodeLimited(wire, MAX_CERTIFICATE_WIRE_BYTES, 'certificate')
  const [entryHash, account, seq, votes] = readTuple(value, 4, 'certificate')
  return {
    entryHash: readEntryHash(entryHash, 'entry hash'),
    account: readAccount(account, 'account'),
    seq: readInteger(seq, 'seq'),
    votes: readVotes(votes),
  }
}

/**
 * The signatures of a certificate's votes; the entry is final when all of them are right. Votes of authorities don't count
 * that by `removals`, those of the newest checkpoint that is known, were removed up to the one that the entry names. Throws
 * `bad-certificate` when the certificate is about another entry, or too few voted.
 */
export function certificateSignatures(
  certificate: Certificate,
  signed: SignedEntry,
  genesis: Genesis,
  removals: Removals,
): readonly SignedMessage[] {
  const { entryHash, account, seq, votes } = certificate
  if (entryHash !== signed.hash || seq !== signed.entry.seq || !bytesEqual(account, signed.entry.account)) {
    throw new LoremeshError('bad-certificate', 'The certificate is about another entry')
  }
  const digest = voteDigest(networkIdOf(genesis), account, seq, entryHash)
  return voteSignatures(votes, digest, genesis, removedAt(removals, signed.entry.checkpoint))
}

/** Checks a certificate with every signature that counts by `removals`. Throws `bad-certificate`. */
export async function verifyCertificate(
  certificate: Certificate,
  signed: SignedEntry,
  genesis: Genesis,
  verifier: SignatureVerifier,
  removals: Removals,
): Promise<void> {
  if (!(await verifier.verify(certificateSignatures(certificate, signed, genesis, removals)))) {
    throw new LoremeshError('bad-certificate', 'Not every vote of the certificate is signed by its authority')
  }
}
