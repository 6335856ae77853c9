import type { SignatureVerifier, SignedMessage } from '../identity/signature.ts'
import { bytesEqual, bytesToHexText } from '../kernel/bytes.ts'
import { encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { readBlob, readTuple } from './cbor-fields.ts'
import {
  certificateSignatures,
  encodeCertificate,
  MAX_CERTIFICATE_WIRE_BYTES,
  parseCertificate,
  type Certificate,
} from './certificate.ts'
import { MAX_CLAIM_WIRE_BYTES, MAX_ENTRY_WIRE_BYTES, parseEntry } from './entry-codec.ts'
import { isSpend, type Entry, type SignedEntry } from './entry.ts'
import { decodeLimited } from './envelope.ts'
import type { Genesis } from './genesis.ts'
import type { Removals } from './removals.ts'
import { entrySignature } from './verify-entry.ts'

/**
 * Two entries that one account signed at one place, which an honest account never does: it may sign another entry
 * instead of a refused one, but never instead of a spend, and never instead of one that became certified. There is one
 * form only of what two entries prove:
 *
 *     two spends                         e1 is the one with the smaller hash; no certificate
 *     a spend and a certified non-spend  e1 is the spend, and the certificate is that of e2
 */
export interface ForkProof {
  readonly e1: SignedEntry
  readonly e2: SignedEntry
  readonly certificate: Certificate | undefined
}

/** An entry that was seen, with its certificate if that was seen too. */
export interface SeenEntry {
  readonly signed: SignedEntry
  readonly certificate: Certificate | undefined
}

/** Largest proof on the wire: a spend, a claim and its certificate, and 12 bytes that CBOR adds. */
export const MAX_FORK_PROOF_BYTES =
  MAX_ENTRY_WIRE_BYTES + MAX_CLAIM_WIRE_BYTES + MAX_CERTIFICATE_WIRE_BYTES + 12

/** Names a place in a ledger that one entry may take: of one account, one seq. */
export function slotOf({ account, seq }: Pick<Entry, 'account' | 'seq'>): string {
  return `${bytesToHexText(account)}/${seq}`
}

/** What names a proof: the place at which two entries stand. Whichever entries prove it, the fork is the same one. */
export function forkIdOf({ e1 }: ForkProof): string {
  return slotOf(e1.entry)
}

/** The proof that two entries make; undefined where they prove nothing against their account. */
export function proveFork(a: SeenEntry, b: SeenEntry): ForkProof | undefined {
  if (!isSameSlot(a.signed, b.signed) || a.signed.hash === b.signed.hash) return undefined
  const [aSpends, bSpends] = [isSpend(a.signed.entry), isSpend(b.signed.entry)]
  if (aSpends && bSpends) {
    const [e1, e2] = a.signed.hash < b.signed.hash ? [a.signed, b.signed] : [b.signed, a.signed]
    return { e1, e2, certificate: undefined }
  }
  if (aSpends && b.certificate) return { e1: a.signed, e2: b.signed, certificate: b.certificate }
  if (bSpends && a.certificate) return { e1: b.signed, e2: a.signed, certificate: a.certificate }
  return undefined
}

/** Wire form: cbor([e1, e2, certificate or null]), each in its own wire form. */
export function encodeForkProof({ e1, e2, certificate }: ForkProof): Uint8Array {
  return encodeCbor([e1.wire, e2.wire, certificate === undefined ? null : encodeCertificate(certificate)])
}

/**
 * The proof of a wire form, with everything checked that the bytes alone can show except the signatures, which
 * `verifyForkProof` checks. Throws `message-too-large`, `bad-encoding`, what `parseEntry` throws, and `bad-proof` for
 * entries that prove nothing or a form that `proveFork` does not make.
 */
export function parseForkProof(wire: Uint8Array): ForkProof {
  const [first, second, votes] = readTuple(decodeLimited(wire, MAX_FORK_PROOF_BYTES, 'proof'), 3, 'proof')
  const e1 = parseEntry(readBlob(first, MAX_ENTRY_WIRE_BYTES, 'first entry'))
  const e2 = parseEntry(readBlob(second, MAX_CLAIM_WIRE_BYTES, 'second entry'))
  const certificate =
    votes === null ? undefined : parseCertificate(readBlob(votes, MAX_CERTIFICATE_WIRE_BYTES, 'certificate'))
  const proof = proveFork({ signed: e1, certificate: undefined }, { signed: e2, certificate })
  if (proof?.e1 !== e1 || proof.certificate !== certificate) {
    throw new LoremeshError('bad-proof', 'The two entries do not prove a fork, or not in this form')
  }
  return proof
}

/** Every signature that a proof relies on. Throws `bad-entry` for another network, and `bad-certificate`. */
function forkSignatures(
  { e1, e2, certificate }: ForkProof,
  genesis: Genesis,
  removals: Removals,
): readonly SignedMessage[] {
  return [
    entrySignature(e1, genesis),
    entrySignature(e2, genesis),
    ...(certificate === undefined ? [] : certificateSignatures(certificate, e2, genesis, removals)),
  ]
}

/**
 * Checks every signature of a proof; votes don't count of authorities that were removed by `removals`. Throws
 * `bad-signature` and what `forkSignatures` throws.
 */
export async function verifyForkProof(
  proof: ForkProof,
  genesis: Genesis,
  verifier: SignatureVerifier,
  removals: Removals,
): Promise<void> {
  if (!(await verifier.verify(forkSignatures(proof, genesis, removals)))) {
    throw new LoremeshError('bad-signature', 'The entries of the proof, or its votes, are wrongly signed')
  }
}

function isSameSlot({ entry: a }: SignedEntry, { entry: b }: SignedEntry): boolean {
  return a.seq === b.seq && bytesEqual(a.account, b.account)
}
