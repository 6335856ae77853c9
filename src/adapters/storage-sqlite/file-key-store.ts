import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { bytesEqual, bytesToHexText, hexTextToBytes } from '../../domain/kernel/bytes.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { KeyStore } from '../../ports/key-store.ts'

/**
 * A key store in one file of hexadecimal text, which only its owner may read. The caller holds the lock of the data
 * directory, so nobody else writes between the look and the write.
 */
export function createFileKeyStore(path: string): KeyStore {
  const load = (): Uint8Array | undefined =>
    existsSync(path) ? hexTextToBytes(readFileSync(path, 'utf8').trim()) : undefined

  function save(seed: Uint8Array): void {
    const stored = load()
    if (stored === undefined) {
      // Written aside and moved, so that the file is whole or not there.
      const draft = `${path}.new`
      writeFileSync(draft, `${bytesToHexText(seed)}\n`, { mode: 0o600, flush: true })
      renameSync(draft, path)
    } else if (!bytesEqual(stored, seed)) {
      throw new LoremeshError('bad-input', 'Another seed is stored already')
    }
  }

  return {
    loadSeed: () => new Promise((resolve) => resolve(load())),
    saveSeed: (seed) =>
      new Promise((resolve) => {
        save(seed)
        resolve()
      }),
  }
}
