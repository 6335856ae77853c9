import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { KeyStore } from '../../ports/key-store.ts'
import { OWN, type KeyDatabase } from './schema.ts'
import { withStorageErrors } from './storage-errors.ts'

/** A key store over an open database. */
export function createIndexedDbKeyStore(database: KeyDatabase): KeyStore {
  const { keys } = database
  return {
    loadSeed: () => withStorageErrors(() => keys.get(OWN)),
    saveSeed: (seed) =>
      withStorageErrors(() =>
        database.transaction('rw', keys, async () => {
          const stored = await keys.get(OWN)
          if (stored !== undefined && !bytesEqual(stored, seed)) {
            throw new LoremeshError('bad-input', 'Another seed is stored already')
          }
          await keys.put(new Uint8Array(seed), OWN)
        }),
      ),
  }
}
