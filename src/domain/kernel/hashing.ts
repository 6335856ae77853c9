import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { textToBytes } from './bytes.ts'

/** SHA-256 digest, 32 bytes. */
export function sha256Digest(bytes: Uint8Array): Uint8Array {
  return sha256(bytes)
}

/** SHA-256 over `"loremesh/<domain>/1\0"` and the bytes, so that a digest made for one purpose never fits another. */
export function taggedDigest(domain: string, bytes: Uint8Array): Uint8Array {
  return sha256(concatBytes(textToBytes(`loremesh/${domain}/1\0`), bytes))
}
