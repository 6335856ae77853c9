import type { Identity } from '../../../src/domain/identity/identity.ts'
import { taggedDigest } from '../../../src/domain/kernel/hashing.ts'
import { encodeEnvelope } from '../../../src/domain/ledger/envelope.ts'

/** Wire form of a message of a kind with any body, signed by somebody who signs whatever they like. */
export function signedAnew(
  owner: Pick<Identity, 'sign'>,
  kind: 'entry' | 'delivery',
  body: Uint8Array,
): Uint8Array {
  return encodeEnvelope(body, owner.sign(taggedDigest(kind, body)))
}
