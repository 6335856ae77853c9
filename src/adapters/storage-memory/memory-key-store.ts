import { bytesEqual } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { KeyStore } from '../../ports/key-store.ts'
import { settle } from './settle.ts'

/** A key store that lives as long as the process, for ephemeral peers and tests. */
export function createMemoryKeyStore(): KeyStore {
  let stored: Uint8Array | undefined
  return {
    loadSeed: () => settle(() => stored && new Uint8Array(stored)),
    saveSeed: (seed) =>
      settle(() => {
        if (stored !== undefined && !bytesEqual(stored, seed)) {
          throw new LoremeshError('bad-input', 'Another seed is stored already')
        }
        stored = new Uint8Array(seed)
      }),
  }
}
