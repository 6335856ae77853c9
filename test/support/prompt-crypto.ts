import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import {
  isSoundlySigned,
  type SignatureVerifier,
  type SignedMessage,
} from '../../src/domain/identity/signature.ts'
import { bytesToBase64url } from '../../src/domain/kernel/base64url.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import type { Hasher } from '../../src/ports/hasher.ts'

/*
 * Cryptography that is done when it is asked for, so that with a clock that stands still a test runs the same way each
 * time. The product's does its work beside everything else.
 */

const keys = new Map<string, KeyObject>()

/** The signature rule. */
export const promptVerifier: SignatureVerifier = {
  verify: (messages) => Promise.resolve(messages.every(isSigned)),
}

/** Whether the account signed the message, by that rule. */
export function isSigned(signed: SignedMessage): boolean {
  return isSoundlySigned(signed) && verify(null, signed.message, keyOf(signed.account), signed.signature)
}

/** SHA-256. */
export const promptHasher: Hasher = {
  sha256: (contents) =>
    Promise.resolve(contents.map((bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()))),
}

function keyOf(account: Uint8Array): KeyObject {
  const name = bytesToHexText(account)
  const known = keys.get(name)
  if (known !== undefined) return known
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: bytesToBase64url(account) },
    format: 'jwk',
  })
  keys.set(name, key)
  return key
}
