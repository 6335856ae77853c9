import { loadavg } from 'node:os'
import { readInfo } from '../test/support/node-peer.ts'
import { startServer } from '../test/support/start-server.ts'
import { buildBenchPage, launchChromium } from './bench-page.ts'
import {
  measureCertificates,
  measureThroughput,
  startLedgerClient,
  type LedgerClient,
} from './ledger-clients.ts'
import { judgeGoals } from './ledger-goals.ts'
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
  progress(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}; building the measuring page`,
  )
  const page = await buildBenchPage()
  const browser = await launchChromium()
  try {
    const log = await measureLog(browser, page, sizes.logEntries)
    const server = await startServer({
      LOREMESH_AUTHORITIES: '4',
      LOREMESH_DIST_DIR: page.directory,
      LOREMESH_SEEDER: 'false',
      LOREMESH_PAYMENT_WINDOW_SECONDS: '3600',
    })
    try {
      const absence = await openAbsence(browser, server)
      const clients = await startClients(server.url, sizes.clients)
      const certified = await measureAuthorities(clients, sizes)
      await absence.leave(clients, sizes.missedPayments)
      for (const client of clients) await client.stop()
      const week = await absence.comeBack(sizes.missedCheckpoints)
      const figures = { ...log.figures, ...certified, ...week }
      for (const line of judgeGoals(figures)) progress(line)
      progress(
        `load ${loadavg()
          .map((load) => load.toFixed(1))
          .join(' ')}`,
      )
      return { bench: 'ledger', figures, rivals: { ...log.rivals } }
    } finally {
      await server.stop()
    }
  } finally {
    await browser.close()
    page.remove()
  }
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
): Promise<{ readonly certificateMs: Figure; readonly certifiedPerSecond: Figure }> {
  const certificateMs = distribution(await measureCertificates(clients, singlePayments), 'ms')
  progress(`certificates one after another: ${JSON.stringify(certificateMs)}`)
  const perSecond = await measureThroughput(clients, paymentsEach)
  progress(`${clients.length} payers at once: ${Math.round(perSecond)} entries/s`)
  return { certificateMs, certifiedPerSecond: median([perSecond], 'entries/s') }
}
