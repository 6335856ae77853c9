import {
  verifySignature,
  type SignatureVerifier,
  type SignedMessage,
} from '../../src/domain/identity/signature.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import type { LedgerLookup } from '../../src/domain/ledger/effect.ts'
import type { SignedEntry } from '../../src/domain/ledger/entry.ts'
import { entrySignatures, type VerifiedEntry } from '../../src/domain/ledger/verify-entry.ts'

/** Verifies by the domain's own rule, which every other verifier has to agree with. */
export const referenceVerifier: SignatureVerifier = {
  verify: (messages) => Promise.resolve(messages.every(isSigned)),
}

/** What `verifyEntry` does, at once: for tests that apply one entry after another. */
export function verifyEntryNow(
  signed: SignedEntry,
  lookup: Pick<LedgerLookup, 'genesis' | 'payment'>,
): VerifiedEntry {
  if (!entrySignatures(signed, lookup).every(isSigned)) {
    throw new LoremeshError('bad-signature', 'The entry, or a voucher or grant inside it, is wrongly signed')
  }
  return asVerified(signed)
}

/** The entry as if its signatures had been checked: for tests that are not about them. */
export function asVerified(signed: SignedEntry): VerifiedEntry {
  return signed as VerifiedEntry
}

function isSigned({ account, message, signature }: SignedMessage): boolean {
  return verifySignature(account, message, signature)
}
