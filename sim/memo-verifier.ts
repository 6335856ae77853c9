import type { SignatureVerifier, SignedMessage } from '../src/domain/identity/signature.ts'
import { bytesEqual } from '../src/domain/kernel/bytes.ts'
import { isSigned } from '../test/support/prompt-crypto.ts'

/** The signature rule, done when it is asked for, so that nothing depends on how fast a thread is. */
export interface MemoVerifier extends SignatureVerifier {
  /** Whether all signatures are right. */
  areSigned(messages: readonly SignedMessage[]): boolean
}

/** Verifies each signature once, although forty peers see it. */
export function createMemoVerifier(): MemoVerifier {
  const known = new Map<string, SignedMessage & { readonly isRight: boolean }>()

  function isRight(signed: SignedMessage): boolean {
    const key = Buffer.from(signed.signature).toString('latin1')
    const before = known.get(key)
    const isKnown =
      before !== undefined &&
      bytesEqual(before.message, signed.message) &&
      bytesEqual(before.account, signed.account)
    if (isKnown) return before.isRight
    const result = { ...signed, isRight: isSigned(signed) }
    known.set(key, result)
    return result.isRight
  }

  const areSigned = (messages: readonly SignedMessage[]): boolean => messages.every(isRight)
  return { areSigned, verify: (messages) => Promise.resolve(areSigned(messages)) }
}
