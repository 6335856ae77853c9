import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createIdentity, SEED_BYTES, type Identity } from '../src/domain/identity/identity.ts'
import { bytesToHexText, hexTextToBytes } from '../src/domain/kernel/bytes.ts'

/**
 * The server's identity: its peer id as relay and tracker, and its key as authority. The seed is made on the first start
 * and kept in `server.key`, which only the server's own user can read. Throws `bad-input` when the file is damaged.
 */
export function openServerIdentity(dataDir: string): Identity {
  return openKeyFile(dataDir, 'server.key')
}

/** The identity of an authority that is a process by itself, in the same way kept in `authority.key`. */
export function openAuthorityIdentity(dataDir: string): Identity {
  return openKeyFile(dataDir, AUTHORITY_KEY)
}

/** Whether an authority's key was made in this folder. */
export function hasAuthorityIdentity(dataDir: string): boolean {
  return existsSync(join(dataDir, AUTHORITY_KEY))
}

const AUTHORITY_KEY = 'authority.key'

function openKeyFile(dataDir: string, name: string): Identity {
  const path = join(dataDir, name)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (!existsSync(path)) {
    writeFileSync(path, `${bytesToHexText(randomBytes(SEED_BYTES))}\n`, { mode: 0o600, flag: 'wx' })
  }
  chmodSync(path, 0o600)
  return createIdentity(hexTextToBytes(readFileSync(path, 'utf8').trim()))
}
