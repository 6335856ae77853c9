import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createIdentity, SEED_BYTES, type Identity } from '../src/domain/identity/identity.ts'
import { bytesToHexText, hexTextToBytes } from '../src/domain/kernel/bytes.ts'

/**
 * The server's identity: its peer id as relay and tracker, and its key as authority. The seed is made on the first start
 * and kept in `server.key`, which only the server's own user can read. Throws `bad-input` when the file is damaged.
 */
export function openServerIdentity(dataDir: string): Identity {
  const path = join(dataDir, 'server.key')
  if (!existsSync(path)) {
    writeFileSync(path, `${bytesToHexText(randomBytes(SEED_BYTES))}\n`, { mode: 0o600, flag: 'wx' })
  }
  chmodSync(path, 0o600)
  return createIdentity(hexTextToBytes(readFileSync(path, 'utf8').trim()))
}
