import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { distribution, mean, progress } from '../../bench/report.ts'
import { listPackageDocuments } from '../support/package-documents.ts'
import { readLedgerStats, readSwarmStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { balanceOf, exportWallet, itemsOf } from '../support/tab-wallet.ts'
import { startBrowser, type Tab } from '../support/tabs.ts'
import { readBrowserMemoryMB } from './browser-memory.ts'
import type { SoakReport } from './soak-report.ts'

const DOCUMENTS_PER_TAB = 15
const STARTER_GRANT = 1_000_000_000n
const PAUSE_BETWEEN_QUESTIONS_MS = 5_000
const SAMPLE_INTERVAL_MS = 10_000
const SHARING_TIMEOUT_MS = 300_000
/** A payment's window and the time to take it back. */
const SETTLING_TIMEOUT_MS = 420_000

/** A tab, and the paths of the documents that only it shares. */
interface Sharer {
  readonly tab: Tab
  readonly documents: readonly string[]
}

/**
 * Real tabs, each with documents of its own, that ask each other's for `minutes`. Every question must be answered, every
 * token must be where it belongs, and no tab may report an error; the browser's memory is watched.
 */
export async function soakMainJob(options: {
  readonly minutes: number
  readonly tabs: number
}): Promise<SoakReport> {
  const failures: string[] = []
  const answerMs: number[] = []
  const results: number[] = []
  const memoryMB: number[] = []
  const server = await startServer({ LOREMESH_SEEDER: 'false' })
  const browser = await startBrowser()
  try {
    const sharers = await openSharers((url) => browser.openTab(url), server, options.tabs)
    const endMs = Date.now() + options.minutes * 60_000
    let troubles = 0

    async function askUntilEnd({ tab }: Sharer, others: readonly string[]): Promise<void> {
      while (Date.now() < endMs) {
        const question = chooseQuestion(others)
        const started = performance.now()
        try {
          results.push((await tab.ask(question)).length)
          answerMs.push(performance.now() - started)
          const answer = tab.page.getByRole('region', { name: 'Answer' })
          for (const alert of await answer.getByRole('alert').allTextContents()) {
            failures.push(`"${question}" failed: ${alert.trim()}`)
          }
          const listed = answer.getByRole('list', { name: 'What did not work' }).getByRole('listitem')
          troubles += await listed.count()
        } catch (error) {
          failures.push(`"${question}" was not answered: ${String(error)}`)
        }
        await pause(PAUSE_BETWEEN_QUESTIONS_MS)
      }
    }

    async function watchUntilEnd({ tab }: Sharer): Promise<void> {
      while (Date.now() < endMs) {
        memoryMB.push(await readBrowserMemoryMB(tab))
        if (!(await readLedgerStats(server)).conserved) failures.push('Tokens came into being or were lost')
        progress(`${answerMs.length} answers, ${troubles} troubles, ${Math.round(memoryMB.at(-1) ?? 0)} MB`)
        await pause(SAMPLE_INTERVAL_MS)
      }
    }

    const [first] = sharers
    if (first === undefined) throw new Error('There is no tab')
    await Promise.all([
      watchUntilEnd(first),
      ...sharers.map((sharer) => {
        const others = sharers.filter((other) => other !== sharer)
        const documents = others.flatMap((other) => other.documents)
        return askUntilEnd(sharer, documents)
      }),
    ])
    const { payments, contexts } = await checkBalances(server, sharers, failures)
    for (const [number, { tab }] of sharers.entries()) {
      for (const error of tab.errors) failures.push(`Tab ${number} reported: ${error}`)
    }
    return {
      bench: 'soak-main-job',
      figures: {
        answerMs: distribution(answerMs, 'ms'),
        resultsPerAnswer: mean(results, 'results'),
        troubles: { value: troubles, unit: 'troubles', runs: answerMs.length },
        payments: { value: payments, unit: 'payments', runs: 1 },
        contextsBought: { value: contexts, unit: 'contexts', runs: 1 },
        memoryMB: distribution(memoryMB, 'MB'),
        memoryAtStartMB: mean(memoryMB.slice(0, 3), 'MB'),
        memoryAtEndMB: mean(memoryMB.slice(-3), 'MB'),
      },
      rivals: {},
      failures,
    }
  } finally {
    await browser.close()
    await server.stop()
  }
}

async function openSharers(
  openTab: (url: string) => Promise<Tab>,
  server: TestServer,
  count: number,
): Promise<readonly Sharer[]> {
  const documents = listPackageDocuments(count * DOCUMENTS_PER_TAB)
  const sharers: Sharer[] = []
  for (let number = 0; number < count; number++) {
    const own = documents.slice(number * DOCUMENTS_PER_TAB, (number + 1) * DOCUMENTS_PER_TAB)
    const tab = await openTab(server.url)
    await tab.addDocuments(own)
    const last = own.length - 1
    await tab.page
      .getByRole('switch', { name: /^Share / })
      .nth(last)
      .waitFor({ timeout: SHARING_TIMEOUT_MS })
    await tab.shareAll()
    await tab.page
      .getByRole('switch', { name: /^Share /, checked: true })
      .nth(last)
      .waitFor({ timeout: SHARING_TIMEOUT_MS })
    sharers.push({ tab, documents: own })
    progress(`tab ${number + 1}/${count} shares ${own.length} documents`)
  }
  const { peersOnline, contextsTotal } = await readSwarmStats(server)
  progress(`${peersOnline} peers online, ${contextsTotal} contexts`)
  return sharers
}

/** About a random section of a random document. */
function chooseQuestion(documents: readonly string[]): string {
  const path = pickRandomly(documents)
  const headings = Array.from(
    readFileSync(path, 'utf8').matchAll(/^#{1,4} +(.{3,80})$/gm),
    ([, text = '']) => text,
  )
  return `${basename(dirname(path))}: ${headings.length > 0 ? pickRandomly(headings) : 'what is it for'}?`
}

function pickRandomly(texts: readonly string[]): string {
  const text = texts[Math.floor(Math.random() * texts.length)]
  if (text === undefined) throw new Error('There is nothing to choose from')
  return text
}

/** Waits until no payment is on its way, and compares the wallets with what was granted and with their own entries. */
async function checkBalances(
  server: TestServer,
  sharers: readonly Sharer[],
  failures: string[],
): Promise<{ readonly payments: number; readonly contexts: number }> {
  const deadlineMs = Date.now() + SETTLING_TIMEOUT_MS
  let stats = await readLedgerStats(server)
  while (stats.pending > 0n && Date.now() < deadlineMs) {
    await pause(1_000)
    stats = await readLedgerStats(server)
  }
  if (stats.pending > 0n) failures.push(`${stats.pending} µT are still on their way`)
  if (!stats.conserved) failures.push('Tokens came into being or were lost')
  const wallets = []
  for (const { tab } of sharers) wallets.push(await exportWallet(tab))
  const sum = wallets.reduce((total, entries) => total + balanceOf(entries), 0n)
  const granted = BigInt(sharers.length) * STARTER_GRANT
  if (sum !== granted) failures.push(`The wallets hold ${sum} µT, ${granted} were granted`)
  for (const [number, entries] of wallets.entries()) {
    const explained = entries.reduce((total, entry) => total + BigInt(entry.changeMicroTokens), 0n)
    if (explained !== balanceOf(entries))
      failures.push(`The entries of wallet ${number} do not explain its balance`)
  }
  const payments = wallets.flat().filter((entry) => entry.kind === 'pay')
  const contexts = payments.reduce((total, entry) => total + itemsOf(entry).length, 0)
  return { payments: payments.length, contexts }
}
