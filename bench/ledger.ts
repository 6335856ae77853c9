import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readInfo } from '../test/support/node-peer.ts'
import { startServer, type TestServer } from '../test/support/start-server.ts'
import { buildBenchPage, launchChromium } from './bench-page.ts'
import {
  measureCertificates,
  measureThroughput,
  startLedgerClient,
  type LedgerClient,
} from './ledger-clients.ts'
import { readFamilyCpuMs } from './process-time.ts'
import { judgeGoals } from './goals.ts'
import { ledgerGoals } from './ledger-goals.ts'
import { measureLog } from './ledger-log.ts'
import { openAbsence } from './ledger-week.ts'
import { distribution, median, progress, type BenchReport, type Figure } from './report.ts'

/** How much is measured. */
export interface LedgerBenchSizes {
  /** Entries of the log that tabs read. */
  readonly logEntries: number
  readonly clients: number
  /** Payments of all clients, one after another. */
  readonly singlePayments: number
  /** Payments of each client while all pay at once. */
  readonly paymentsEach: number
  /** Checkpoints that tabs miss, and payments to each of them meanwhile. */
  readonly missedCheckpoints: number
  readonly missedPayments: number
}

/** A week has 20,160 checkpoints, one every 30 s. */
export const fullSizes: LedgerBenchSizes = {
  logEntries: 10_000,
  clients: 32,
  singlePayments: 200,
  paymentsEach: 20,
  missedCheckpoints: 20_160,
  missedPayments: 40,
}

/** How often all clients pay at once. */
const THROUGHPUT_RUNS = 5

/** For a quick look at whether everything runs. */
export const smallSizes: LedgerBenchSizes = {
  logEntries: 1_000,
  clients: 4,
  singlePayments: 8,
  paymentsEach: 5,
  missedCheckpoints: 500,
  missedPayments: 8,
}

/** The ledger in a tab, and four authorities as processes of their own with SQLite files, as `npm start` runs them. */
export async function measureLedger(sizes: LedgerBenchSizes = fullSizes): Promise<BenchReport> {
  progress(`${sayLoad()}; building the measuring page`)
  const page = await buildBenchPage()
  const browser = await launchChromium()
  try {
    const log = await measureLog(browser, page, sizes.logEntries)
    const server = await startFourAuthorities(page.directory)
    try {
      const clients = await startClients(server.url, sizes.clients)
      const certified = await measureAuthorities(clients, sizes)
      // Only now, for a tab that listens takes its share of the processor.
      const absence = await openAbsence(browser, server)
      await absence.leave(clients, sizes.missedPayments)
      for (const client of clients) await client.stop()
      const week = await absence.comeBack(sizes.missedCheckpoints)
      const figures = { ...log.figures, ...certified, ...week }
      for (const line of judgeGoals(figures, ledgerGoals)) progress(line)
      progress(sayLoad())
      return { bench: 'ledger', figures, rivals: { ...log.rivals } }
    } finally {
      await server.stop()
    }
  } finally {
    await browser.close()
    page.remove()
  }
}

/** The part of `measureLedger` that has to do with authorities and their clients, without any tab. */
export async function measureAuthoritiesOnly(sizes: LedgerBenchSizes = fullSizes): Promise<BenchReport> {
  progress(sayLoad())
  const distDir = mkdtempSync(join(tmpdir(), 'loremesh-bench-dist-'))
  writeFileSync(join(distDir, 'index.html'), '')
  const server = await startFourAuthorities(distDir)
  try {
    const clients = await startClients(server.url, sizes.clients)
    const figures = await measureAuthorities(clients, sizes)
    for (const client of clients) await client.stop()
    for (const line of judgeGoals(figures, ledgerGoals)) progress(line)
    progress(sayLoad())
    return { bench: 'ledger', figures, rivals: {} }
  } finally {
    await server.stop()
    rmSync(distDir, { recursive: true, force: true })
  }
}

function startFourAuthorities(distDir: string): Promise<TestServer> {
  return startServer({
    LOREMESH_AUTHORITIES: '4',
    LOREMESH_DIST_DIR: distDir,
    LOREMESH_SEEDER: 'false',
    LOREMESH_PAYMENT_WINDOW_SECONDS: '3600',
  })
}

function sayLoad(): string {
  return `load ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`
}

async function startClients(url: string, count: number): Promise<readonly LedgerClient[]> {
  const info = await readInfo({ url })
  const clients: LedgerClient[] = []
  while (clients.length < count) clients.push(await startLedgerClient(info))
  progress(`${count} clients have accounts`)
  return clients
}

async function measureAuthorities(
  clients: readonly LedgerClient[],
  { singlePayments, paymentsEach }: LedgerBenchSizes,
): Promise<{
  readonly certificateMs: Figure
  readonly certifiedPerSecond: Figure
  readonly cpuMsPerEntry: Figure
}> {
  const certificateMs = distribution(await measureCertificates(clients, singlePayments), 'ms')
  progress(`certificates one after another: ${JSON.stringify(certificateMs)}`)
  const rates: number[] = []
  const costs: number[] = []
  for (let run = 1; run <= THROUGHPUT_RUNS; run++) {
    const beforeMs = readFamilyCpuMs()
    rates.push(await measureThroughput(clients, paymentsEach))
    costs.push((readFamilyCpuMs() - beforeMs) / (clients.length * paymentsEach))
    progress(
      `${clients.length} payers at once, ${run}/${THROUGHPUT_RUNS}: ${Math.round(rates.at(-1) ?? 0)} entries/s, ` +
        `${(costs.at(-1) ?? 0).toFixed(1)} ms of processor time an entry; ${sayLoad()}`,
    )
  }
  return {
    certificateMs,
    certifiedPerSecond: median(rates, 'entries/s'),
    cpuMsPerEntry: median(costs, 'ms'),
  }
}
