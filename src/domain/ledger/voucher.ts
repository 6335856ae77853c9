import type { Account } from '../identity/account.ts'
import type { Identity } from '../identity/identity.ts'
import { SIGNATURE_BYTES, type SignedMessage } from '../identity/signature.ts'
import { encodeCbor, type CborValue } from '../kernel/cbor.ts'
import { taggedDigest } from '../kernel/hashing.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'
import { readAmount, readBytes, readTuple } from './cbor-fields.ts'
import { entryHashToDigest, type EntryHash, type Voucher } from './entry.ts'

/** What a payer signs once everything that a payment was for came and fits its hashes: tag "ack", the entry's hash. */
function ackDigest(payment: EntryHash): Uint8Array {
  return taggedDigest('ack', entryHashToDigest(payment))
}

/** What a payer signs after each context of a session: tag "voucher", cbor([reserve, cumulative amount]). */
function voucherDigest(reserve: EntryHash, amount: MicroTokens): Uint8Array {
  return taggedDigest('voucher', encodeCbor([entryHashToDigest(reserve), amount]))
}

/** The payer's acknowledgement of a payment. */
export function signAck(identity: Pick<Identity, 'sign'>, payment: EntryHash): Voucher {
  return { amount: undefined, signature: identity.sign(ackDigest(payment)) }
}

/** The payer's voucher that `amount` µT altogether are owed from a reserve. */
export function signVoucher(
  identity: Pick<Identity, 'sign'>,
  reserve: EntryHash,
  amount: MicroTokens,
): Voucher {
  return { amount, signature: identity.sign(voucherDigest(reserve, amount)) }
}

/** The signature to verify before the voucher for `source` counts. */
export function voucherSignature(payer: Account, source: EntryHash, voucher: Voucher): SignedMessage {
  const { amount, signature } = voucher
  const message = amount === undefined ? ackDigest(source) : voucherDigest(source, amount)
  return { account: payer, message, signature }
}

/** CBOR form: the signature of an acknowledgement, [amount, signature] of a voucher. */
export function encodeVoucher({ amount, signature }: Voucher): CborValue {
  return amount === undefined ? signature : [amount, signature]
}

/** The voucher of its CBOR form. Throws `bad-encoding`. */
export function readVoucher(value: CborValue | undefined): Voucher {
  if (value instanceof Uint8Array) {
    return { amount: undefined, signature: readBytes(value, SIGNATURE_BYTES, 'acknowledgement') }
  }
  const [amount, signature] = readTuple(value, 2, 'voucher')
  return {
    amount: readAmount(amount, "voucher's amount"),
    signature: readBytes(signature, SIGNATURE_BYTES, "voucher's signature"),
  }
}
