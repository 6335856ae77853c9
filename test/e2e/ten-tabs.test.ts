import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPackageDocuments } from '../support/package-documents.ts'
import { readLedgerStats, readSwarmStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { balanceOf, exportWallet, itemsOf, type ExportedEntry } from '../support/tab-wallet.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

const TABS = 10
const DOCUMENTS_PER_TAB = 8
const SERVED_CONTEXTS = 100
const STARTER_GRANT = 1_000_000_000n

const questions: readonly string[] = [
  'How do I write a plugin?',
  'Which options can be configured?',
  'How are errors handled?',
  'How do I install it with npm?',
  'What does the parser return?',
  'How can I iterate over a stream?',
  'Which file patterns are matched?',
  'How do I import the module in TypeScript?',
  'Is there a command line tool?',
  'How is performance measured?',
  'What license does it have?',
  'How do I cache the result?',
  'Does it work in the browser?',
  'How are promises and async functions used?',
  'How do I contribute to the project?',
  'Which Node.js versions are supported?',
  'How do I convert a string to bytes?',
  'What changed in the latest version?',
  'How do I run the tests?',
  'How are types declared?',
]

describe('ten tabs', () => {
  let server: TestServer
  let browser: TestBrowser
  let tabs: Tab[]
  let wallets: (readonly ExportedEntry[])[]
  const savings: number[] = []

  beforeAll(async () => {
    server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_PAYMENT_WINDOW_SECONDS: '60' })
    browser = await startBrowser()
    tabs = []
    for (let number = 0; number < TABS; number++) tabs.push(await browser.openTab(server.url))
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it('register with the tracker, each with documents of its own to share', async () => {
    const documents = listPackageDocuments(TABS * DOCUMENTS_PER_TAB)
    await Promise.all(
      tabs.map(async (tab, number) => {
        await tab.addDocuments(documents.slice(number * DOCUMENTS_PER_TAB, (number + 1) * DOCUMENTS_PER_TAB))
        const switches = tab.page.getByRole('switch', { name: /^Share / })
        await switches.nth(DOCUMENTS_PER_TAB - 1).waitFor()
        await tab.shareAll()
        const shared = tab.page.getByRole('switch', { name: /^Share /, checked: true })
        await shared.nth(DOCUMENTS_PER_TAB - 1).waitFor()
      }),
    )
    await expect.poll(async () => (await readSwarmStats(server)).peersOnline, { timeout: 30_000 }).toBe(TABS)
  })

  it('serve one another more than a hundred contexts, at less than half of the input tokens', async () => {
    for (const [at, question] of questions.entries()) {
      const tab = tabs[at % TABS]
      if (tab === undefined) throw new Error('There is no tab')
      await tab.ask(question)
      savings.push(await tab.inputSavingPercent())
    }
    wallets = []
    for (const tab of tabs) wallets.push(await exportWallet(tab))
    const reserves = wallets.flat().filter((entry) => entry.kind === 'reserve')
    const bought = reserves.flatMap(itemsOf)
    expect(bought.length).toBeGreaterThanOrEqual(SERVED_CONTEXTS)
    const mean = savings.reduce((sum, saving) => sum + saving, 0) / savings.length
    expect(mean).toBeGreaterThanOrEqual(50)
  })

  it('have balances that add up to what was granted', async () => {
    await expect
      .poll(async () => (await readLedgerStats(server)).locked, { timeout: 120_000, interval: 1_000 })
      .toBe(0n)
    wallets = []
    for (const tab of tabs) wallets.push(await exportWallet(tab))
    const stats = await readLedgerStats(server)
    expect(stats).toMatchObject({ accounts: TABS, conserved: true })
    const sum = wallets.reduce((total, entries) => total + balanceOf(entries), 0n)
    expect(sum).toBe(BigInt(TABS) * STARTER_GRANT)
    for (const entries of wallets) {
      const explained = entries.reduce((total, entry) => total + BigInt(entry.changeMicroTokens), 0n)
      expect(explained).toBe(balanceOf(entries))
    }
  })

  it('report no error', () => {
    expect(tabs.flatMap((tab) => tab.errors)).toEqual([])
  })
})
