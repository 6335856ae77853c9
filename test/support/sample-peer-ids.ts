import { accountToPeerId, toAccount, type PeerId } from '../../src/domain/identity/account.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import { textToBytes } from '../../src/domain/kernel/bytes.ts'

/** The peer id of the n-th sample peer; 0 is the peer itself. */
export function samplePeerId(n: number): PeerId {
  return accountToPeerId(toAccount(sha256Digest(textToBytes(`sample peer ${n}`))))
}
