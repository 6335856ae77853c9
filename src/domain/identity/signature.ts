import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { bytesEqual, bytesToHexText } from '../kernel/bytes.ts'

export const SIGNATURE_BYTES = 64

const { Point } = ed25519
type EdwardsPoint = InstanceType<typeof Point>
const order = Point.Fn.ORDER
const smallOrderEncodings: ReadonlySet<string> = new Set(ED25519_TORSION_SUBGROUP)

/** A message and the signature that an account is said to have made of it. */
export interface SignedMessage {
  readonly account: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Verifies many signatures without holding up what else goes on; the same rule as `verifySignature`. */
export interface SignatureVerifier {
  /** True when every signature is valid. */
  verify(messages: readonly SignedMessage[]): Promise<boolean>
}

/**
 * Whether `signature` is this account's Ed25519 signature of the message. Ed25519 libraries disagree about edge cases,
 * which would split a ledger, so there is one rule for all of them: S < L; A (the account) and R canonically encoded and
 * not of small order; A torsion-free; and the cofactorless equation R = S·B − SHA-512(R ‖ A ‖ message)·A, byte for byte.
 * Never throws. Edge cases: test/vectors/ed25519-rule.json.
 */
export function verifySignature(account: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const a = soundPoint(account)
  if (a === undefined || !isSoundSignature(signature)) return false
  const encodedR = signature.subarray(0, 32)
  const k = littleEndianToInteger(sha512(concatBytes(encodedR, account, message))) % order
  const r = Point.BASE.multiplyUnsafe(integerS(signature)).subtract(a.multiplyUnsafe(k))
  return bytesEqual(r.toBytes(), encodedR)
}

/**
 * The part of the rule in which libraries differ: everything but the equation. A library that checks the cofactorless
 * equation byte for byte, as WebCrypto's do, accepts after it exactly what `verifySignature` accepts: R is compared with
 * a canonical encoding, so it needs no check of its own but that of its order.
 */
export function isSoundlySigned({ account, signature }: Omit<SignedMessage, 'message'>): boolean {
  return isSoundSignature(signature) && soundPoint(account) !== undefined
}

/** Whether a key can be an account's by this rule: nothing that is signed with another one is ever accepted. */
export function isSoundKey(account: Uint8Array): boolean {
  return soundPoint(account) !== undefined
}

function isSoundSignature(signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    integerS(signature) < order &&
    !smallOrderEncodings.has(bytesToHexText(signature.subarray(0, 32)))
  )
}

/** Checking an account takes as long as verifying a signature, and the same ones come again and again. */
const knownPoints = new Map<string, EdwardsPoint | undefined>()
const MAX_KNOWN_POINTS = 4_096

/** The point of an account that the rule admits; undefined for any other bytes. */
function soundPoint(account: Uint8Array): EdwardsPoint | undefined {
  const key = bytesToHexText(account)
  if (knownPoints.has(key)) return knownPoints.get(key)
  const decoded = decodeCanonical(account)
  const point = decoded?.isSmallOrder() === false && decoded.isTorsionFree() ? decoded : undefined
  if (knownPoints.size >= MAX_KNOWN_POINTS) knownPoints.clear()
  knownPoints.set(key, point)
  return point
}

/** The point of a canonical encoding; undefined for any other bytes. */
function decodeCanonical(bytes: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(bytes)
  } catch {
    return undefined
  }
}

function integerS(signature: Uint8Array): bigint {
  return littleEndianToInteger(signature.subarray(32))
}

function littleEndianToInteger(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
}
