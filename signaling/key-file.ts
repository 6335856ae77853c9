import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createIdentity, SEED_BYTES, type Identity } from '../src/domain/identity/identity.ts'
import { bytesToHexText, hexTextToBytes } from '../src/domain/kernel/bytes.ts'

/**
 * The identity of a server or an authority: its peer id, and its key as authority. The seed is made on the first start and
 * kept in `server.key`, which only the server's own user can read. Throws `bad-input` when the file is damaged.
 */
export function openServerIdentity(dataDir: string): Identity {
  const path = keyPath(dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (!existsSync(path)) {
    writeFileSync(path, `${bytesToHexText(randomBytes(SEED_BYTES))}\n`, { mode: 0o600, flag: 'wx' })
  }
  chmodSync(path, 0o600)
  return createIdentity(hexTextToBytes(readFileSync(path, 'utf8').trim()))
}

/** Whether an identity was made in this folder. */
export function hasServerIdentity(dataDir: string): boolean {
  return existsSync(keyPath(dataDir))
}

function keyPath(dataDir: string): string {
  return join(dataDir, 'server.key')
}
