import type { PeerId } from '../../src/domain/identity/account.ts'
import { createIdentity, type Identity } from '../../src/domain/identity/identity.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'

/** The identity of the n-th sample peer; 0 is the peer itself. */
export function sampleIdentity(n: number): Identity {
  return createIdentity(sha256Digest(textToBytes(`sample peer ${n}`)))
}

/** The peer id of the n-th sample peer. */
export function samplePeerId(n: number): PeerId {
  return sampleIdentity(n).peerId
}
