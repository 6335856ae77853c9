import { chromium, type Browser, type BrowserContext, type Page } from 'playwright'
import { headlessArgs, requireChromium } from '../../tools/chromium.ts'

/** A real Chromium whose tabs are peers. */
export interface TestBrowser {
  /** A new tab with storage of its own, opened at `url` and ready to be used. */
  openTab(url: string): Promise<Tab>
  close(): Promise<void>
}

/** A tab, driven as a person would: by accessible names. */
export interface Tab {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors that the page reported. */
  readonly errors: readonly string[]
  goTo(screen: 'Ask' | 'Library' | 'Network' | 'Wallet'): Promise<void>
  addDocuments(paths: readonly string[]): Promise<void>
  /** Adds a document and waits until the library lists it. */
  addText(name: string, heading: string, text: string): Promise<void>
  /** Shares everything in the library, after the preview. */
  shareAll(): Promise<void>
  /** Asks and waits for the answer; allows asking the network when the app wants to know. */
  ask(question: string): Promise<readonly TabResult[]>
  /** Percentage of input tokens that the shown answer saves against the whole documents. */
  inputSavingPercent(): Promise<number>
  /** This tab's peer id and its links, out of the diagnostics that a person can copy. */
  diagnostics(): Promise<Diagnostics>
  /** Waits until the wallet lists an entry that fits. */
  untilEntry(pattern: RegExp): Promise<void>
  /** Waits until the status pill fits. */
  untilStatus(pattern: RegExp): Promise<void>
  /** Waits until this tab leads and can be asked; the address must be that of the Ask screen. */
  untilReady(): Promise<void>
  /** Closes the tab and every other one of its context. */
  close(): Promise<void>
}

interface Diagnostics {
  readonly peerId: string
  readonly links: readonly {
    readonly peerId: string
    readonly kind: string
    readonly remoteAddress: string
    readonly bytesIn: number
  }[]
}

export interface TabResult {
  readonly title: string
  readonly text: string
}

const READY_TIMEOUT_MS = 60_000
const ANSWER_TIMEOUT_MS = 30_000
/** Claims are made ten seconds after an acknowledgement. */
const ENTRY_TIMEOUT_MS = 45_000

/** Starts a headless Chromium. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: requireChromium(), args: [...headlessArgs] })
  return { openTab: (url) => openTab(browser, url), close: () => browser.close() }
}

/** How large a tab is and what it may do. */
export const tabOptions = {
  viewport: { width: 1280, height: 800 },
  permissions: ['clipboard-read', 'clipboard-write'],
}

async function openTab(browser: Browser, url: string): Promise<Tab> {
  const tab = await openTabIn(await browser.newContext(tabOptions), url)
  await tab.untilReady()
  return tab
}

/** A new tab beside the others of its context, opened at `url`; it may lead or not. */
export async function openTabIn(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(url)

  const tab: Tab = {
    page,
    context,
    errors,
    async goTo(screen) {
      await page.getByRole('link', { name: screen, exact: true }).click()
    },
    async addDocuments(paths) {
      await tab.goTo('Library')
      await page.getByLabel('Add documents').setInputFiles([...paths])
    },
    async shareAll() {
      await tab.goTo('Library')
      await page.getByRole('button', { name: 'Share all documents' }).click()
      await page.getByRole('button', { name: 'Confirm sharing' }).click()
    },
    async addText(name, heading, text) {
      await tab.goTo('Library')
      const buffer = Buffer.from(`# ${heading}\n\n${text}\n`)
      await page.getByLabel('Add documents').setInputFiles({ name, mimeType: 'text/markdown', buffer })
      await page.getByRole('switch', { name: `Share ${heading}` }).waitFor()
    },
    async inputSavingPercent() {
      const summary = await page.getByText(/% fewer input tokens/).textContent()
      return Number(/(-?[\d.]+)\s*%/.exec(summary ?? '')?.[1] ?? Number.NaN)
    },
    async diagnostics() {
      await tab.goTo('Network')
      await page.getByRole('button', { name: 'Copy diagnostics' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      return JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Diagnostics
    },
    async untilEntry(pattern) {
      await tab.goTo('Wallet')
      const row = page.getByRole('table', { name: 'Entries' }).getByRole('row').filter({ hasText: pattern })
      await row.first().waitFor({ timeout: ENTRY_TIMEOUT_MS })
    },
    async ask(question) {
      await tab.goTo('Ask')
      await page.getByRole('textbox', { name: 'Ask a question' }).fill(question)
      await page.getByRole('button', { name: 'Ask', exact: true }).click()
      const allow = page.getByRole('button', { name: 'Allow', exact: true })
      if (await allow.isVisible()) await allow.click()
      await page.locator('[aria-label="Answer"][aria-busy="false"]').waitFor({ timeout: ANSWER_TIMEOUT_MS })
      const results = page.getByRole('list', { name: 'Results' })
      const articles = await results.getByRole('article').all()
      return Promise.all(
        articles.map(async (article) => ({
          title: (await article.getByRole('heading').first().textContent()) ?? '',
          text: (await article.textContent()) ?? '',
        })),
      )
    },
    async untilStatus(pattern) {
      const pill = page.getByRole('status', { name: 'Connection' })
      await pill.filter({ hasText: pattern }).waitFor({ timeout: READY_TIMEOUT_MS })
    },
    untilReady: () =>
      page.getByRole('textbox', { name: 'Ask a question' }).waitFor({ timeout: READY_TIMEOUT_MS }),
    close: () => context.close(),
  }
  return tab
}
