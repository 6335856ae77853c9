import type { Account } from '../identity/account.ts'
import type { Identity } from '../identity/identity.ts'
import { verifySignature } from '../identity/signature.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import { entryHashToDigest, type EntryHash } from './entry.ts'

/** What a payer signs once everything that a payment was for came and fits its hashes. */
function ackDigest(payment: EntryHash): Uint8Array {
  return taggedDigest('ack', entryHashToDigest(payment))
}

/** The payer's acknowledgement, 64 bytes. It is the voucher without which nobody can claim the payment. */
export function signAck(identity: Pick<Identity, 'sign'>, payment: EntryHash): Uint8Array {
  return identity.sign(ackDigest(payment))
}

/** Whether `ack` is the payer's acknowledgement of the payment. */
export function verifyAck(payer: Account, payment: EntryHash, ack: Uint8Array): boolean {
  return verifySignature(payer, ackDigest(payment), ack)
}
