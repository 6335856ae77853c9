import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright'
import { parsePeerId, peerIdToAccount, type Account } from '../src/domain/identity/account.ts'
import { readFederationStats } from '../test/support/server-stats.ts'
import type { TestServer } from '../test/support/start-server.ts'
import { openBenchTab } from './bench-page.ts'
import type { LedgerClient } from './ledger-clients.ts'
import { prefillCheckpoints } from './ledger-folders.ts'
import { distribution, progress, type Figure } from './report.ts'

const TABS = 3
const CHECKPOINT_TIMEOUT_MS = 180_000
const POLL_MS = 500
/** Times that the authorities may be stopped between two checkpoints of theirs until all have the same one. */
const MAX_STOPS = 5

/** Peers in tabs that go away and come back. */
export interface Absence {
  readonly tabs: readonly AbsentTab[]
  /** Lets the clients pay each of the peers so often, and all tabs go. */
  leave(clients: readonly LedgerClient[], payments: number): Promise<void>
  /** Adds so many checkpoints at the authorities, and measures how the peers come back. */
  comeBack(checkpoints: number): Promise<{ readonly weekAwayBytes: Figure; readonly weekAwayMs: Figure }>
}

interface AbsentTab {
  readonly context: BrowserContext
  readonly account: Account
  readonly page: Page
}

/** Opens tabs, each with an account that a checkpoint contains. */
export async function openAbsence(browser: Browser, server: TestServer): Promise<Absence> {
  const tabs: AbsentTab[] = []
  for (let number = 0; number < TABS; number++) {
    const context = await browser.newContext()
    const page = await openBenchTab(context, server.url)
    const account = peerIdToAccount(parsePeerId(await page.evaluate(() => window.bench.start())))
    tabs.push({ context, account, page })
  }
  let paid = 0

  return {
    tabs,
    async leave(clients, payments) {
      for (const { page } of tabs) {
        await until('a checkpoint', async () => (await knowledgeOf(page)).height > 0)
      }
      for (const { page } of tabs) await page.close()
      await Promise.all(
        clients.map(async (client, at) => {
          for (const { account } of tabs) {
            for (let number = at; number < payments; number += clients.length) await client.pay(account)
          }
          await client.delivered()
        }),
      )
      paid = payments
    },
    async comeBack(checkpoints) {
      const height = await addCheckpoints(server, checkpoints)
      const bytes: number[] = []
      const durationsMs: number[] = []
      for (const { context } of tabs) {
        const traffic = { bytes: 0 }
        const page = await openBenchTab(context, server.url, (opened) => countTraffic(opened, traffic))
        durationsMs.push(await page.evaluate(() => window.bench.comeBackMs()))
        bytes.push(traffic.bytes)
        const known = await knowledgeOf(page)
        if (known.height < height || known.incoming < paid) {
          throw new Error(`The peer knows checkpoint ${known.height} and ${known.incoming} payments only`)
        }
        await page.close()
        progress(
          `back after ${checkpoints} checkpoints: ${Math.round(durationsMs.at(-1) ?? 0)} ms, ${traffic.bytes} bytes`,
        )
      }
      return { weekAwayBytes: distribution(bytes, 'bytes'), weekAwayMs: distribution(durationsMs, 'ms') }
    },
  }
}

/** Counts what the page's WebSockets carry, which are its links to relay and authorities, in both directions. */
function countTraffic(page: Page, traffic: { bytes: number }): void {
  const count = ({ payload }: { payload: string | Buffer }): void => {
    traffic.bytes += Buffer.byteLength(payload)
  }
  page.on('websocket', (socket) => socket.on('framereceived', count).on('framesent', count))
}

/** Stops the authorities, adds checkpoints to what they have, and starts them again. Gives the newest one's height. */
async function addCheckpoints(server: TestServer, count: number): Promise<number> {
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    const { height } = await readFederationStats(server)
    await until('the next checkpoint', async () => (await readFederationStats(server)).height > height)
    // Each of the authorities has it a moment later.
    await pause(2_000)
    await server.pause()
    const newest = await prefillCheckpoints(server.dataDirectory, count)
    await server.resume()
    if (newest !== undefined) return newest
    progress('the authorities were stopped in the middle of a checkpoint: once more')
  }
  throw new Error('The authorities have never had the same checkpoint')
}

function knowledgeOf(page: Page): Promise<{ readonly height: number; readonly incoming: number }> {
  return page.evaluate(() => window.bench.knowledge())
}

async function until(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + CHECKPOINT_TIMEOUT_MS
  while (!(await isThere())) {
    if (Date.now() > deadlineMs) throw new Error(`There was no sign of ${what}`)
    await pause(POLL_MS)
  }
}
