import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { bytesEqual } from '../kernel/bytes.ts'

export const SIGNATURE_BYTES = 64

const { Point } = ed25519
const order = Point.Fn.ORDER

/**
 * Whether `signature` is this account's Ed25519 signature of the message. Ed25519 libraries disagree about edge cases,
 * which would split a ledger, so there is one rule for all of them: S < L; A (the account) and R canonically encoded and
 * not of small order; A torsion-free; and the cofactorless equation R = S·B − SHA-512(R ‖ A ‖ message)·A, byte for byte.
 * Never throws. Edge cases: test/vectors/ed25519-rule.json.
 */
export function verifySignature(account: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  const encodedR = signature.subarray(0, 32)
  const s = littleEndianToInteger(signature.subarray(32))
  const a = decodeCanonical(account)
  if (s >= order || a === undefined || a.isSmallOrder()) return false
  const k = littleEndianToInteger(sha512(concatBytes(encodedR, account, message))) % order
  const r = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
  // What equals the canonical encoding of a point is itself canonical, so R needs no decoding.
  return bytesEqual(r.toBytes(), encodedR) && !r.isSmallOrder() && a.isTorsionFree()
}

/** The point of a canonical encoding; undefined for any other bytes. */
function decodeCanonical(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(bytes)
  } catch {
    return undefined
  }
}

function littleEndianToInteger(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
}
