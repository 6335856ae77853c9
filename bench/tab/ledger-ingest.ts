/** What a tab does with a ledger's log, apart from fetching it, and the same work without any of Loremesh around it. */
import { Dexie } from 'dexie'
import { createLedgerCertifier } from '../../src/adapters/network-libp2p/ledger-certifier.ts'
import { openIndexedDbLedgerArchive } from '../../src/adapters/storage-indexeddb/open-indexeddb-stores.ts'
import { createTabClock } from '../../src/adapters/system-tab/tab-clock.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import type { SignedMessage } from '../../src/domain/identity/signature.ts'
import { accountToPeerId } from '../../src/domain/identity/account.ts'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { parseCertificate } from '../../src/domain/ledger/certificate.ts'
import { parseEntry } from '../../src/domain/ledger/entry-codec.ts'
import { parseGenesis, type GenesisJson } from '../../src/domain/ledger/genesis-json.ts'
import type { Genesis } from '../../src/domain/ledger/genesis.ts'
import { certifiedSignatures } from '../../src/domain/ledger/verify-entry.ts'
import { createLogSync } from '../../src/peer/sync-log.ts'
import { parseLogReply } from '../../src/protocols/authority.ts'
import { parseLedgerRequest } from '../../src/protocols/ledger.ts'

/** An authority's answers with its whole log, from the first to the last one, which has no entries. */
interface BenchLog {
  readonly genesis: Genesis
  readonly pages: readonly Uint8Array[]
}

/** How long a work took, and how many there were of what it was done with. */
interface Work {
  readonly ms: number
  readonly count: number
}

let log: BenchLog | undefined

/** Takes the log to work with: a genesis, and answers in base64. */
export function takeLog(genesis: GenesisJson, pages: readonly string[]): void {
  log = {
    genesis: parseGenesis(genesis),
    pages: pages.map((page) => Uint8Array.from(atob(page), (char) => char.charCodeAt(0))),
  }
}

/**
 * Reads the log into a new archive as the archivist does: parses, verifies and stores every entry. `usedBytes` is what
 * the page's storage takes more afterwards.
 */
export async function ingestLog(name: string): Promise<Work & { readonly usedBytes: number }> {
  const { genesis, pages } = requireLog()
  const signatureVerifier = createWebCryptoSignatureVerifier()
  const account = genesis.authorities[0]
  if (account === undefined) throw new Error('The network has no authority')
  const certifier = createLedgerCertifier(
    {
      account,
      genesis,
      verifier: signatureVerifier,
      ask(_authority, body) {
        const request = parseLedgerRequest(body)
        const page = request.type === 'log' ? pages[request.position ?? 0] : undefined
        return page === undefined ? Promise.reject(new Error('There is no such page')) : Promise.resolve(page)
      },
    },
    { authorities: genesis.authorities.map(accountToPeerId) },
  )
  const clock = createTabClock()
  const view = { removals: () => [] }
  const logSync = createLogSync({ certifier, signatureVerifier, genesis, clock, neighbours: () => [], view })
  const archive = await openIndexedDbLedgerArchive({ name, network: 'bench' })
  const before = await usedBytes()
  const startMs = performance.now()
  await logSync.read(archive, { sinceMs: 0, maxEntries: Infinity, onProgress: () => undefined })
  const ms = performance.now() - startMs
  const count = await archive.count()
  await archive.close()
  return { ms, count, usedBytes: (await usedBytes()) - before }
}

/** Verifies the log's signatures with WebCrypto alone, as many at once as the archivist does. */
export async function verifyRaw(signaturesAtOnce: number): Promise<Work> {
  const { genesis } = requireLog()
  const messages = readEntries().flatMap((certified) => certifiedSignatures(certified, genesis, []))
  const keys = await importKeys(messages)
  const work = messages.map(({ account, message, signature }) => {
    const key = keys.get(bytesToHexText(account))
    if (key === undefined) throw new Error('A key is missing')
    return { key, message: new Uint8Array(message), signature: new Uint8Array(signature) }
  })
  const startMs = performance.now()
  for (let start = 0; start < work.length; start += signaturesAtOnce) {
    const verdicts = await Promise.all(
      work
        .slice(start, start + signaturesAtOnce)
        .map(({ key, message, signature }) => crypto.subtle.verify('Ed25519', key, signature, message)),
    )
    if (!verdicts.every(Boolean)) throw new Error('A signature is wrong')
  }
  return { ms: performance.now() - startMs, count: work.length }
}

/** Stores the log's bytes with Dexie alone, a row an entry and as many at once as a page of the log has. */
export async function storeRaw(name: string): Promise<Work> {
  const batches = requireLog().pages.map((page) => parseLogReply(page).entries)
  const database = new Dexie(name, { chromeTransactionDurability: 'relaxed' })
  database.version(1).stores({ rows: '++' })
  await database.open()
  const startMs = performance.now()
  for (const batch of batches) await database.table('rows').bulkPut([...batch])
  const ms = performance.now() - startMs
  const count = await database.table('rows').count()
  database.close()
  return { ms, count }
}

function requireLog(): BenchLog {
  if (log === undefined) throw new Error('There is no log')
  return log
}

function readEntries() {
  return requireLog().pages.flatMap((page) =>
    parseLogReply(page).entries.map(({ entryWire, certificateWire }) => ({
      signed: parseEntry(entryWire),
      certificate: parseCertificate(certificateWire),
    })),
  )
}

async function importKeys(messages: readonly SignedMessage[]): Promise<ReadonlyMap<string, CryptoKey>> {
  const accounts = new Map(messages.map(({ account }) => [bytesToHexText(account), account]))
  const keys = [...accounts].map(async ([name, account]) => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(account), 'Ed25519', false, ['verify'])
    return [name, key] as const
  })
  return new Map(await Promise.all(keys))
}

async function usedBytes(): Promise<number> {
  const { usage } = await navigator.storage.estimate()
  if (usage === undefined) throw new Error('The browser does not tell how much is stored')
  return usage
}
