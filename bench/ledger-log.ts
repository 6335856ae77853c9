import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { encodeCertificate } from '../src/domain/ledger/certificate.ts'
import { genesisToJson } from '../src/domain/ledger/genesis-json.ts'
import { openServerIdentity } from '../signaling/key-file.ts'
import { encodeLogReply } from '../src/protocols/authority.ts'
import { makeCertifiedLog, type CertifiedLog } from '../test/support/certified-log.ts'
import { newIdentity } from '../test/support/node-peer.ts'
import { freePort, startProgram } from '../test/support/start-server.ts'
import { openBenchTab, type BenchPage } from './bench-page.ts'
import { prefillLog } from './ledger-folders.ts'
import { mean, median, progress, type Figure } from './report.ts'

/** Entries in one answer about a log, about as many as an authority gives. */
const ENTRIES_PER_PAGE = 500
/** Signatures of an entry of a network of four authorities: its own and those of a quorum. */
const SIGNATURES_PER_ENTRY = 4
/** As many as `LogSync` has under way. */
const SIGNATURES_AT_ONCE = 128 * SIGNATURES_PER_ENTRY
const AUTHORITIES = 4
/** Where the other authorities are said to be: nobody listens there. */
const NOBODY = '/ip4/127.0.0.1/tcp/9/ws'
const RUNS = 3

/** The figures that have to do with the network's log in a tab. */
export interface LogFigures {
  readonly tabEntriesPerSecond: Figure
  /** Signatures that a tab verifies for that. */
  readonly tabVerifiesPerSecond: Figure
  readonly bytesPerEntry: Figure
  readonly catchUp10kMs: Figure
}

/** The same work without Loremesh. */
export interface LogRivals {
  readonly webCryptoVerifyPerSecond: Figure
  readonly dexieBatchPerSecond: Figure
}

/**
 * What a tab does with a log of so many entries of 100 accounts, certified by four authorities: verify and store it, and
 * read it from the only one of the authorities that answers.
 */
export async function measureLog(
  browser: Browser,
  page: BenchPage,
  entryCount: number,
): Promise<{ readonly figures: LogFigures; readonly rivals: LogRivals }> {
  progress(`signing a log of ${entryCount} entries`)
  const folder = await mkdtemp(join(tmpdir(), 'loremesh-bench-log-'))
  const others = Array.from({ length: AUTHORITIES - 1 }, newIdentity)
  const keys = [openServerIdentity(folder), ...others]
  const startMs = Date.now() - entryCount * 1_000
  const log = await makeCertifiedLog({ count: entryCount, accounts: 100, keys, startMs })
  await prefillLog(folder, log)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  // Without a quorum it serves its log, and is not what `startServer` waits for.
  const server = startProgram(['signaling/main.ts'], {
    LOREMESH_PORT: String(port),
    LOREMESH_DATA_DIR: folder,
    LOREMESH_DIST_DIR: page.directory,
    LOREMESH_AUTHORITY_ADDRESSES: others.map(({ peerId }) => `${NOBODY}/p2p/${peerId}`).join(','),
    LOREMESH_ICE_SERVERS: '[]',
    LOREMESH_SEEDER: 'false',
  })
  try {
    await server.until(async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.ok === true)
    const ingested = await measureIngest(browser, url, log)
    const catchUpMs: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const tab = await openBenchTab(await browser.newContext(), url)
      catchUpMs.push(await tab.evaluate((entries) => window.bench.keepLedgerMs(entries), entryCount))
      await tab.context().close()
      progress(`catch-up ${run + 1}/${RUNS}: ${Math.round(catchUpMs.at(-1) ?? 0)} ms`)
    }
    const { figures, rivals } = ingested
    return { figures: { ...figures, catchUp10kMs: median(catchUpMs, 'ms') }, rivals }
  } finally {
    await server.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Our way and the rivals' take turns, so that what else the machine does hinders all of them. */
async function measureIngest(
  browser: Browser,
  url: string,
  log: CertifiedLog,
): Promise<{ readonly figures: Omit<LogFigures, 'catchUp10kMs'>; readonly rivals: LogRivals }> {
  const ingest: number[] = []
  const bytes: number[] = []
  const verify: number[] = []
  const store: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const tab = await openBenchTab(await browser.newContext(), url)
    await giveLog(tab, log)
    const ingested = await tab.evaluate(() => window.bench.ingestLog('ingested'))
    const verified = await tab.evaluate((count) => window.bench.verifyRaw(count), SIGNATURES_AT_ONCE)
    const stored = await tab.evaluate(() => window.bench.storeRaw('stored'))
    ingest.push(rate(ingested))
    bytes.push(ingested.usedBytes / ingested.count)
    verify.push(rate(verified))
    store.push(rate(stored))
    await tab.context().close()
    progress(
      `ingest ${run + 1}/${RUNS}: ${Math.round(rate(ingested))} entries/s, ${Math.round(rate(verified))} raw verifies/s, ` +
        `${Math.round(rate(stored))} raw rows/s, ${Math.round(bytes.at(-1) ?? 0)} bytes an entry`,
    )
  }
  return {
    figures: {
      tabEntriesPerSecond: median(ingest, 'entries/s'),
      tabVerifiesPerSecond: median(
        ingest.map((entries) => entries * SIGNATURES_PER_ENTRY),
        'signatures/s',
      ),
      bytesPerEntry: mean(bytes, 'bytes'),
    },
    rivals: {
      webCryptoVerifyPerSecond: median(verify, 'signatures/s'),
      dexieBatchPerSecond: median(store, 'rows/s'),
    },
  }
}

async function giveLog(tab: Page, { genesis, entries }: CertifiedLog): Promise<void> {
  const pageCount = Math.ceil(entries.length / ENTRIES_PER_PAGE)
  const pages = Array.from({ length: pageCount + 1 }, (_, at) => {
    const part = entries.slice(at * ENTRIES_PER_PAGE, (at + 1) * ENTRIES_PER_PAGE)
    const wires = part.map(({ signed, certificate }) => ({
      entryWire: signed.wire,
      certificateWire: encodeCertificate(certificate),
    }))
    const nextPosition = Math.min(at + 1, pageCount)
    return Buffer.from(encodeLogReply({ shards: 1, nextPosition, entries: wires })).toString('base64')
  })
  await tab.evaluate(([json, texts]) => window.bench.takeLog(json, texts), [
    genesisToJson(genesis),
    pages,
  ] as const)
}

function rate({ ms, count }: { readonly ms: number; readonly count: number }): number {
  return count / (ms / 1_000)
}
