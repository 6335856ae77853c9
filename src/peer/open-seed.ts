import { SEED_BYTES } from '../domain/identity/identity.ts'
import type { KeyStore } from '../ports/key-store.ts'
import type { Randomness } from '../ports/randomness.ts'

/** The seed of this peer's one key: the stored one, or on the first open a new one that is stored before it is used. */
export async function openSeed(keyStore: KeyStore, randomness: Randomness): Promise<Uint8Array> {
  const stored = await keyStore.loadSeed()
  if (stored !== undefined) return stored
  const seed = randomness.bytes(SEED_BYTES)
  await keyStore.saveSeed(seed)
  return seed
}
