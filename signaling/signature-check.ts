import { createPublicKey, verify } from 'node:crypto'
import { isSoundlySigned, type SignedMessage } from '../src/domain/identity/signature.ts'
import { bytesToBase64url } from '../src/domain/kernel/base64url.ts'

/**
 * Whether the account signed the message, by the rule of `verifySignature`: OpenSSL checks the equation, some ten times
 * as fast as JavaScript, after the checks in which libraries differ. Never throws.
 */
export function isSigned(signed: SignedMessage): boolean {
  if (!isSoundlySigned(signed)) return false
  const x = bytesToBase64url(signed.account)
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, signed.message, key, signed.signature)
}
