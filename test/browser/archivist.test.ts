import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLedgerCertifier } from '../../src/adapters/network-libp2p/ledger-certifier.ts'
import { openIndexedDbLedgerArchive } from '../../src/adapters/storage-indexeddb/open-indexeddb-stores.ts'
import { createTabClock } from '../../src/adapters/system-tab/tab-clock.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import { encodeCertificate } from '../../src/domain/ledger/certificate.ts'
import { createArchivist, type Archivist } from '../../src/peer/archivist.ts'
import { createLogSync } from '../../src/peer/sync-log.ts'
import { encodeLogReply, MAX_LOG_ENTRIES } from '../../src/protocols/authority.ts'
import { parseLedgerRequest } from '../../src/protocols/ledger.ts'
import { deleteStores } from '../contract/indexeddb-stores.ts'
import { makeCertifiedLog, type CertifiedLog } from '../support/certified-log.ts'
import { ann } from '../support/ledger.ts'
import { valueOf } from '../support/value-of.ts'

const COUNT = 10_000
const CATCH_UP_MS = 8_000
const MAX_BYTES_PER_ENTRY = 400

/** What an authority answers that has nothing but a log. */
function answer({ entries }: CertifiedLog, body: Uint8Array): Uint8Array {
  const request = parseLedgerRequest(body)
  if (request.type !== 'log') throw new Error('Only the log is asked for')
  const from = request.position ?? 1
  const part = entries.slice(from - 1, from - 1 + MAX_LOG_ENTRIES)
  return encodeLogReply({
    shards: 1,
    nextPosition: from + part.length,
    entries: part.map(({ signed, certificate }) => ({
      entryWire: signed.wire,
      certificateWire: encodeCertificate(certificate),
    })),
  })
}

describe('keeping the ledger in a tab', () => {
  let name: string
  let archivist: Archivist
  let log: CertifiedLog
  beforeEach(async () => {
    name = `test-${crypto.randomUUID()}`
    log = await makeCertifiedLog({ count: COUNT, accounts: 100 })
    const verifier = createWebCryptoSignatureVerifier()
    const certifier = createLedgerCertifier(
      {
        ask: (_authority, body) => Promise.resolve(answer(log, body)),
        account: ann.account,
        genesis: log.genesis,
        verifier,
      },
      { authorities: log.authorities.map(({ peerId }) => peerId) },
    )
    const clock = createTabClock()
    archivist = createArchivist({
      openArchive: () => openIndexedDbLedgerArchive({ name, network: 'test' }),
      logSync: createLogSync({
        certifier,
        signatureVerifier: verifier,
        genesis: log.genesis,
        clock,
        neighbours: () => [],
        view: { removals: () => [] },
      }),
      clock,
    })
  }, 60_000)
  afterEach(async () => {
    await archivist.stop()
    await deleteStores(name)
  })

  it(`verifies and stores ${COUNT} entries that were missed in time and in little room`, async () => {
    const startedMs = performance.now()
    await archivist.keep(true)
    await archivist.catchUp()
    const tookMs = performance.now() - startedMs
    const { entries, sizeBytes, failure } = valueOf(archivist.state)
    console.info(
      `${COUNT} entries in ${Math.round(tookMs)} ms, ${Math.round((1_000 * COUNT) / tookMs)} a second, ${Math.round(sizeBytes / COUNT)} bytes each`,
    )
    expect(failure).toBe('')
    expect(entries).toBe(COUNT)
    expect(tookMs).toBeLessThan(CATCH_UP_MS)
    expect(sizeBytes / COUNT).toBeLessThan(MAX_BYTES_PER_ENTRY)
    const { entries: kept } = await archivist.page(0, COUNT)
    expect(new Set(kept.map(({ signed }) => signed.hash))).toEqual(
      new Set(log.entries.map(({ signed }) => signed.hash)),
    )
  }, 60_000)
})
