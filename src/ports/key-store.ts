/** Keeps the 32-byte seed from which the peer's one key is derived. */
export interface KeyStore {
  /** The stored seed, or undefined before the first open. */
  loadSeed(): Promise<Uint8Array | undefined>
  /** Stores the seed durably; refuses (`bad-input`) to overwrite a different one. */
  saveSeed(seed: Uint8Array): Promise<void>
}
