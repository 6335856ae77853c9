import * as v from 'valibot'
import { ACCOUNT_BYTES, toAccount } from '../domain/identity/account.ts'
import type { CborValue } from '../domain/kernel/cbor.ts'
import type { AccountState, Payment } from '../domain/ledger/account-state.ts'
import {
  encodeCertificate,
  MAX_CERTIFICATE_WIRE_BYTES,
  parseCertificate,
  type CertifiedEntry,
} from '../domain/ledger/certificate.ts'
import { MAX_CLAIM_WIRE_BYTES, parseEntry } from '../domain/ledger/entry-codec.ts'
import { entryHashToDigest } from '../domain/ledger/entry.ts'
import { amount, entryHash, exactBytes, integer, someBytes, text } from './message.ts'

/*
 * Fields that the protocols with authorities and between them have in common:
 *   certified entry   entry, certificate
 *   state             account, head, seq, balance, credit, locked, stake, timestampMs, checkpoint, frozen, [grant id, …]
 *   payment           hash, kind, payer, payee, amount, fromCredit, expiresAtMs, claimed, state
 * Entries and certificates travel in their signed wire forms.
 */

const MAX_GRANTS = 256
const MAX_GRANT_ID_CHARS = 64
const PAYMENT_KINDS = ['pay', 'reserve'] as const satisfies readonly Payment['kind'][]
const PAYMENT_STATES = [
  'open',
  'claimed',
  'lapsed',
  'returned',
] as const satisfies readonly Payment['state'][]

/** Schema of a count, a moment in milliseconds, or a position. */
export const safeInteger = integer(0, Number.MAX_SAFE_INTEGER)

/** Schema of an account. */
export const account = v.pipe(
  exactBytes(ACCOUNT_BYTES),
  v.transform((key) => toAccount(key)),
)

/** Schema of the wire form of an entry that is parsed later. */
export const entryWire = someBytes(MAX_CLAIM_WIRE_BYTES)
/** Schema of the wire form of a certificate that is parsed later. */
export const certificateWire = someBytes(MAX_CERTIFICATE_WIRE_BYTES)

/** Schema of an entry, parsed. What `parseEntry` throws goes through. */
export const signedEntry = v.pipe(
  entryWire,
  v.transform((wire) => parseEntry(wire)),
)

/** Schema of a certified entry, parsed. What `parseEntry` throws goes through. */
export const certifiedEntry = v.pipe(
  v.strictTuple([
    signedEntry,
    v.pipe(
      certificateWire,
      v.transform((wire) => parseCertificate(wire)),
    ),
  ]),
  v.transform(([signed, certificate]): CertifiedEntry => ({ signed, certificate })),
)

/** Schema of an account's state. */
export const accountState = v.pipe(
  v.strictTuple([
    account,
    entryHash,
    safeInteger,
    amount,
    amount,
    amount,
    amount,
    safeInteger,
    safeInteger,
    v.boolean(),
    v.pipe(v.array(text(MAX_GRANT_ID_CHARS)), v.maxLength(MAX_GRANTS)),
  ]),
  v.transform((fields): AccountState => {
    const [account, head, seq, balance, credit, locked, stake, timestampMs, checkpoint, frozen, grants] =
      fields
    return { account, head, seq, balance, credit, locked, stake, timestampMs, checkpoint, frozen, grants }
  }),
)

/** Schema of what became of a payment. */
export const payment = v.pipe(
  v.strictTuple([
    entryHash,
    v.picklist(PAYMENT_KINDS),
    account,
    account,
    amount,
    amount,
    safeInteger,
    amount,
    v.picklist(PAYMENT_STATES),
  ]),
  v.transform(([hash, kind, payer, payee, amount, fromCredit, expiresAtMs, claimed, state]): Payment => {
    return { hash, kind, payer, payee, amount, fromCredit, expiresAtMs, claimed, state }
  }),
)

/** CBOR form of a certified entry. */
export function encodeCertifiedEntry({ signed, certificate }: CertifiedEntry): CborValue {
  return [signed.wire, encodeCertificate(certificate)]
}

/** CBOR form of an account's state. */
export function encodeAccountState(state: AccountState): CborValue {
  const { account, head, seq, balance, credit, locked, stake, timestampMs, checkpoint, frozen, grants } =
    state
  const amounts = [balance, credit, locked, stake]
  return [account, entryHashToDigest(head), seq, ...amounts, timestampMs, checkpoint, frozen, grants]
}

/** CBOR form of a payment. */
export function encodePayment(payment: Payment): CborValue {
  const { hash, kind, payer, payee, amount, fromCredit, expiresAtMs, claimed, state } = payment
  return [entryHashToDigest(hash), kind, payer, payee, amount, fromCredit, expiresAtMs, claimed, state]
}
