import { createHash } from 'node:crypto'
import type { Identity } from '../src/domain/identity/identity.ts'
import type { SignatureVerifier, SignedMessage } from '../src/domain/identity/signature.ts'
import { createBoundedMap } from './authority/bounded-map.ts'

/** Signatures that are remembered: some minutes' worth at hundreds of entries a second. */
const MAX_REMEMBERED = 65_536

/** A verifier and a signer that remember together which signatures are right. */
export interface SignatureMemory {
  readonly verifier: SignatureVerifier
  readonly identity: Pick<Identity, 'account' | 'sign'>
}

/**
 * Remembers the signatures that were verified or made here, for the same ones come again: with the certificate, by gossip,
 * in others' logs. What is wrong is verified each time.
 */
export function createSignatureMemory(
  verifier: SignatureVerifier,
  identity: Pick<Identity, 'account' | 'sign'>,
): SignatureMemory {
  const { account } = identity
  const right = createBoundedMap<string, true>(MAX_REMEMBERED)

  return {
    verifier: {
      async verify(messages) {
        const unknown = messages.flatMap((signed) => {
          const name = nameOf(signed)
          return right.has(name) ? [] : [{ name, signed }]
        })
        if (unknown.length === 0) return true
        if (!(await verifier.verify(unknown.map(({ signed }) => signed)))) return false
        for (const { name } of unknown) right.set(name, true)
        return true
      },
    },
    identity: {
      account,
      sign(message) {
        const signature = identity.sign(message)
        right.set(nameOf({ account, message, signature }), true)
        return signature
      },
    },
  }
}

/** Only the message's length varies, so that no two of them have the same bytes. */
function nameOf({ account, signature, message }: SignedMessage): string {
  return createHash('sha256').update(account).update(signature).update(message).digest('base64url')
}
