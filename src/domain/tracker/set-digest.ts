import { contextHashToDigest, type ContextHash } from '../content/context-hash.ts'

/**
 * Digest of a set of contexts: the exclusive-or of their 32-byte SHA-256 digests, all zeros for the empty set. Adding
 * and removing are the same step, so both ends of a connection keep it up to date with every change.
 */
export type SetDigest = Uint8Array

export const SET_DIGEST_BYTES = 32

/** Digest of the empty set. */
export function createSetDigest(): SetDigest {
  return new Uint8Array(SET_DIGEST_BYTES)
}

/** Changes `digest` in place to that of the set with `contextHash` added if it was missing, removed if it was there. */
export function toggleInSetDigest(digest: SetDigest, contextHash: ContextHash): void {
  const own = contextHashToDigest(contextHash)
  for (let i = 0; i < SET_DIGEST_BYTES; i++) digest[i] = (digest[i] ?? 0) ^ (own[i] ?? 0)
}

/** Digest of a whole set; each hash must come once. */
export function digestOfSet(contextHashes: Iterable<ContextHash>): SetDigest {
  const digest = createSetDigest()
  for (const contextHash of contextHashes) toggleInSetDigest(digest, contextHash)
  return digest
}
