/** Digests content without holding up what else goes on. */
export interface Hasher {
  /** The 32-byte SHA-256 digest of each array, in order. */
  sha256(contents: readonly Uint8Array[]): Promise<Uint8Array[]>
}
