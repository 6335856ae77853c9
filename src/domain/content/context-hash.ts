import { bytesToHexText, hexTextToBytes, textToBytes } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { sha256Digest } from '../kernel/hashing.ts'

declare const contextHash: unique symbol
/** `sha256:` and 64 lower-case hexadecimal digits: the SHA-256 of a context's UTF-8 text alone. */
export type ContextHash = string & { readonly [contextHash]: true }

/** Largest text of one context, in UTF-8 bytes. */
export const MAX_CONTEXT_BYTES = 65_536

/** Hash of a text. */
export function hashText(text: string): ContextHash {
  return hashBytes(textToBytes(text))
}

/** Hash of the UTF-8 bytes of a text. */
export function hashBytes(bytes: Uint8Array): ContextHash {
  return digestToContextHash(sha256Digest(bytes))
}

/** The hash whose 32-byte digest is given. */
export function digestToContextHash(digest: Uint8Array): ContextHash {
  return `sha256:${bytesToHexText(digest)}` as ContextHash
}

/** The 32-byte digest of a hash. */
export function contextHashToDigest(hash: ContextHash): Uint8Array {
  return hexTextToBytes(hash.slice('sha256:'.length))
}

/** The hash of a text that is one; throws `bad-input` otherwise. */
export function parseContextHash(text: string): ContextHash {
  if (!/^sha256:[0-9a-f]{64}$/.test(text)) {
    throw new LoremeshError(
      'bad-input',
      `"${text.slice(0, 80)}" is not a context hash`,
      'Write sha256: and 64 hexadecimal digits',
    )
  }
  return text as ContextHash
}
