import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { textToBytes } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { accountToPeerId, toAccount, type Account, type PeerId } from './account.ts'

/** Bytes of the seed from which a key is derived: the entropy that 24 BIP-39 words write down. */
export const SEED_BYTES = 32

/** One peer's key, used by libp2p and for every signature. `sign` gives a 64-byte Ed25519 signature (RFC 8032). */
export interface Identity {
  readonly account: Account
  readonly peerId: PeerId
  /** The 32-byte Ed25519 private key as RFC 8032 defines it; handed to the network adapter only. */
  readonly secretKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** The identity of a 32-byte seed: HKDF-SHA256(seed, info "loremesh/identity/1") is the Ed25519 private key. */
export function createIdentity(seed: Uint8Array): Identity {
  if (seed.length !== SEED_BYTES) {
    throw new LoremeshError('bad-input', `A seed has ${SEED_BYTES} bytes, not ${seed.length}`)
  }
  const secretKey = hkdf(sha256, seed, undefined, textToBytes('loremesh/identity/1'), 32)
  const account = toAccount(ed25519.getPublicKey(secretKey))
  return {
    account,
    peerId: accountToPeerId(account),
    secretKey,
    sign: (message) => ed25519.sign(message, secretKey),
  }
}
