import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright'
import { startHeadless } from '../../test/support/headless.ts'
import { freePort, type TestServer } from '../../test/support/start-server.ts'
import { startStaticHost } from '../../test/support/static-host.ts'
import { openBenchTab, type BenchPage } from '../bench-page.ts'
import { distribution, progress, single } from '../report.ts'
import { withTabs, type TabBed } from './bench-tabs.ts'
import { askMeanwhile, createQuestions, makeReserves, outageFigures } from './outage-questions.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How many tabs live without their server for how long, and what they ask one another. */
export interface OutageSizes {
  readonly tabs: number
  readonly outageMs: number
  readonly questions: number
  /** Tabs that are closed and opened again meanwhile. */
  readonly restarts: number
}

export const fullOutageSizes: OutageSizes = {
  tabs: 20,
  outageMs: 5 * 60_000,
  questions: 1_000,
  restarts: 4,
}

/** For the tests, and for a quick look at whether everything runs. */
export const smallOutageSizes: OutageSizes = { tabs: 4, outageMs: 15_000, questions: 30, restarts: 1 }

/** Longer than any run: what is reserved before the outage is good until its end. */
const PAYMENT_WINDOW_SECONDS = '7200'
/** More than everything that is asked for costs. */
const STARTER_TOKENS = '10000'
/** More than each tab is asked for, as a pair whose turn it is may be busy or away. */
const SPARE_DOCUMENTS = 4
const LISTENER_TIMEOUT_MS = 60_000
const JOIN_TIMEOUT_MS = 60_000
/** Until the others have noticed that a tab was closed. */
const MISSED_TIMEOUT_MS = 30_000
const POLL_MS = 500

/**
 * Real tabs, and one peer without a browser that listens on a WebSocket, as an invitation must lead to something that a
 * tab can dial. Each tab buys of each other one, which takes a certified reserve; then the server is killed, and they go
 * on asking for what they do not have yet, while some that know the listening peer are closed and opened again and somebody
 * new joins by an invitation.
 */
export async function measureOutage(sizes: OutageSizes, page: BenchPage): Promise<NetworkPart> {
  return withTabs(
    page,
    async (bed) => {
      const documentsEach =
        Math.ceil((sizes.questions / sizes.tabs + sizes.tabs) / (sizes.tabs - 1)) + SPARE_DOCUMENTS
      const tabs = await bed.openSharers(sizes.tabs, documentsEach)
      const listener = await startListener(bed.server)
      try {
        const away = new Set<number>()
        const questions = createQuestions(tabs, away, documentsEach)
        const acquainted = await findAcquainted(tabs, sizes.restarts)
        await makeReserves(questions, sizes.tabs)
        await bed.server.kill()
        const host = await startStaticHost(page.directory, Number(new URL(bed.server.url).port))
        progress(`the server was killed; ${describeLoad()}`)
        try {
          const [asked, joined] = await Promise.all([
            askMeanwhile(questions, sizes),
            joinMeanwhile(bed, { tabs, away, ...acquainted }, sizes),
          ])
          return {
            figures: { ...outageFigures(asked.answers), ...joinFigures(joined) },
            failures: [...asked.failures, ...joined.failures],
          }
        } finally {
          await host.close()
        }
      } finally {
        listener.stop()
      }
    },
    {
      LOREMESH_STARTER_TOKENS: STARTER_TOKENS,
      LOREMESH_PAYMENT_WINDOW_SECONDS: PAYMENT_WINDOW_SECONDS,
    },
  )
}

/** It shares nothing, and links to tabs that do at once: they are there before it. */
async function startListener(server: TestServer): Promise<{ stop(): void }> {
  const data = mkdtempSync(join(tmpdir(), 'loremesh-bench-listener-'))
  const listen = `127.0.0.1:${await freePort()}`
  const where = ['--server', server.url, '--data', data, '--listen', listen]
  const child = startHeadless([...where, 'invite', '--json'])
  child.on('exit', () => rmSync(data, { recursive: true, force: true }))
  return { stop: () => child.kill('SIGTERM') }
}

/** Tabs that are linked to a peer that listens, and an invitation by one of them. */
interface Acquainted {
  readonly restarting: readonly number[]
  readonly invitation: string
}

/** The first so many such tabs. Throws when they don't find it in time. */
async function findAcquainted(tabs: readonly Page[], count: number): Promise<Acquainted> {
  const deadlineMs = performance.now() + LISTENER_TIMEOUT_MS
  for (;;) {
    const invitations = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.bench.invite())))
    const found = [...invitations.entries()].filter(([, { peersListening }]) => peersListening > 0)
    const [first] = found
    if (first !== undefined && found.length >= count) {
      return { restarting: found.slice(0, count).map(([tab]) => tab), invitation: first[1].code }
    }
    if (performance.now() > deadlineMs)
      throw new Error(`${found.length} tabs are linked to a peer that listens`)
    await pause(POLL_MS)
  }
}

/** How those who came fared. */
interface Joined {
  readonly rejoinMs: readonly number[]
  readonly newTabMs: readonly number[]
  readonly failures: readonly string[]
}

/** Closes tabs and opens them again, evenly over the outage, and lets somebody new join in its middle. */
async function joinMeanwhile(
  { browser, server }: TabBed,
  { tabs, away, restarting, invitation }: Acquainted & { readonly tabs: Page[]; readonly away: Set<number> },
  { outageMs }: OutageSizes,
): Promise<Joined> {
  const [rejoinMs, newTabMs, failures]: [number[], number[], string[]] = [[], [], []]

  async function join(context: BrowserContext, code?: string): Promise<{ tab: Page; joinMs: number }> {
    const tab = await openBenchTab(context, server.url)
    const joinMs = await tab.evaluate(([timeoutMs, invited]) => window.bench.joinMs(timeoutMs, invited), [
      JOIN_TIMEOUT_MS,
      code,
    ] as const)
    return { tab, joinMs }
  }

  /** The tab counts as away until nobody takes it for the one that was closed. */
  async function restart(at: number): Promise<void> {
    const closed = tabs[at]
    if (closed === undefined) return
    away.add(at)
    const peerId = await closed.evaluate(() => window.bench.start())
    await closed.close()
    const closedAtMs = Date.now()
    const { tab, joinMs } = await join(closed.context())
    tabs[at] = tab
    rejoinMs.push(joinMs)
    const missing = tabs.map((other) =>
      other.evaluate(([id, atMs, timeoutMs]) => window.bench.untilMissed(id, atMs, timeoutMs), [
        peerId,
        closedAtMs,
        MISSED_TIMEOUT_MS,
      ] as const),
    )
    const areRight = await Promise.all(missing)
    if (areRight.includes(false)) failures.push(`tab ${at} was linked after its end still`)
    away.delete(at)
    progress(`tab ${at} came back after ${Math.round(joinMs)} ms`)
  }

  async function joinAsNew(): Promise<void> {
    const { joinMs } = await join(await browser.newContext(), invitation)
    newTabMs.push(joinMs)
    progress(`a new tab joined after ${Math.round(joinMs)} ms`)
  }

  const restarts = restarting.map((at) => ({ name: `tab ${at}`, run: () => restart(at) }))
  const steps = restarts.toSpliced(Math.floor(restarts.length / 2), 0, { name: 'a new tab', run: joinAsNew })
  // The last one has time to be asked before the end.
  const intervalMs = outageMs / (steps.length + 2)
  const startMs = performance.now()
  for (const [at, { name, run }] of steps.entries()) {
    await pause(Math.max(0, startMs + (at + 1) * intervalMs - performance.now()))
    await run().catch((error: unknown) => failures.push(`${name} did not join: ${String(error)}`))
  }
  return { rejoinMs, newTabMs, failures }
}

function joinFigures({ rejoinMs, newTabMs }: Joined): NetworkPart['figures'] {
  return {
    tabsBack: single(rejoinMs.length, 'tabs'),
    newTabs: single(newTabMs.length, 'tabs'),
    ...(rejoinMs.length > 0 && { rejoinMs: distribution(rejoinMs, 'ms') }),
    ...(newTabMs.length > 0 && { newTabJoinMs: distribution(newTabMs, 'ms') }),
  }
}
