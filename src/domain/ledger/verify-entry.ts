import type { SignatureVerifier, SignedMessage } from '../identity/signature.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { certificateSignatures, type CertifiedEntry } from './certificate.ts'
import type { LedgerLookup, OperationOf } from './effect.ts'
import { entryHashToDigest, type SignedEntry } from './entry.ts'
import { networkIdOf, type Genesis } from './genesis.ts'
import { grantSignatures, parseGrant } from './grant.ts'
import { removedAt, type Removals } from './removals.ts'
import { checkClaim, requirePayment } from './settle-effect.ts'
import { voucherSignature } from './voucher.ts'

declare const verified: unique symbol
/** An entry all of whose signatures are right: its own, and those of a grant or of vouchers inside it. */
export type VerifiedEntry = SignedEntry & { readonly [verified]: true }

/** The entry's own signature. Throws `bad-entry` when it belongs to another network. */
export function entrySignature({ entry, hash, signature }: SignedEntry, genesis: Genesis): SignedMessage {
  if (!bytesEqual(entry.network, networkIdOf(genesis))) {
    throw new LoremeshError('bad-entry', 'The entry belongs to another network')
  }
  return { account: entry.account, message: entryHashToDigest(hash), signature }
}

/**
 * The signatures that show that an entry is its account's and final: its own, and those of its certificate. What vouchers
 * and grants inside it say, the authorities have checked. Votes of authorities don't count that were removed by `removals`,
 * those of the newest checkpoint that is known. Throws `bad-entry` when it belongs to another network, and
 * `bad-certificate` when the certificate is about another entry, or too few voted.
 */
export function certifiedSignatures(
  { signed, certificate }: CertifiedEntry,
  genesis: Genesis,
  removals: Removals,
): readonly SignedMessage[] {
  return [entrySignature(signed, genesis), ...certificateSignatures(certificate, signed, genesis, removals)]
}

/** What the signatures inside an entry are checked by. */
export interface SignatureLookup extends Pick<LedgerLookup, 'genesis' | 'payment'> {
  /** Authorities whose signatures under a grant may not count; none unless told. */
  readonly removals?: Removals
}

/**
 * Every signature that an entry relies on. Throws `bad-entry` for another network and for a claim whose vouchers don't
 * match its sources, `not-found` for a claim of payments
 * that `lookup` does not know, `bad-certificate` for a grant that too few authorities signed.
 */
export function entrySignatures(signed: SignedEntry, lookup: SignatureLookup): readonly SignedMessage[] {
  const { genesis, removals = [] } = lookup
  const own = entrySignature(signed, genesis)
  const { operation, checkpoint } = signed.entry
  switch (operation.type) {
    case 'collect':
      return [own, ...grantSignatures(parseGrant(operation.grant), genesis, removedAt(removals, checkpoint))]
    case 'claim':
      return [own, ...claimSignatures(operation, lookup)]
    case 'open':
    case 'pay':
    case 'reclaim':
    case 'reserve':
    case 'release':
      return [own]
  }
}

function claimSignatures(
  claim: OperationOf<'claim'>,
  lookup: Pick<LedgerLookup, 'payment'>,
): readonly SignedMessage[] {
  checkClaim(claim)
  return claim.sources.flatMap((source, at) => {
    const voucher = claim.vouchers[at]
    return voucher === undefined
      ? []
      : [voucherSignature(requirePayment(source, lookup).payer, source, voucher)]
  })
}

/** Checks every signature that an entry relies on. Throws `bad-signature` and what `entrySignatures` throws. */
export async function verifyEntry(
  signed: SignedEntry,
  lookup: SignatureLookup,
  verifier: SignatureVerifier,
): Promise<VerifiedEntry> {
  if (!(await verifier.verify(entrySignatures(signed, lookup)))) {
    throw new LoremeshError('bad-signature', 'The entry, or a voucher or grant inside it, is wrongly signed')
  }
  return signed as VerifiedEntry
}
