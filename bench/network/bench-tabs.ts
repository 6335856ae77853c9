import type { Browser, Page } from 'playwright'
import type { TestServer } from '../../test/support/start-server.ts'
import { launchChromium, openBenchTab, type BenchPage } from '../bench-page.ts'
import { progress } from '../report.ts'
import { withServer } from './bench-server.ts'
import { documentsOf } from './garden-diaries.ts'

/** A server and a browser whose tabs are whole peers without screens. */
export interface TabBed {
  readonly server: TestServer
  readonly browser: Browser
  /** A tab with storage of its own, whose peer has its account. */
  openTab(): Promise<Page>
  /** So many of them, one after another, as people come; each shares documents of its own, or nobody would link to it. */
  openSharers(count: number, documentsEach?: number): Promise<Page[]>
}

/** Runs something with such tabs, which load this page; `environment` is the server's, as for `startServer`. */
export function withTabs<T>(
  page: BenchPage,
  use: (bed: TabBed) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const withBrowser = async (server: TestServer): Promise<T> => {
    const browser = await launchChromium()
    try {
      return await use(createBed(server, browser))
    } finally {
      await browser.close()
    }
  }
  return withServer(page.directory, withBrowser, environment)
}

function createBed(server: TestServer, browser: Browser): TabBed {
  async function openTab(): Promise<Page> {
    const tab = await openBenchTab(await browser.newContext(), server.url)
    await tab.evaluate(() => window.bench.start())
    return tab
  }

  return {
    server,
    browser,
    openTab,
    async openSharers(count, documentsEach = 1) {
      const tabs: Page[] = []
      while (tabs.length < count) {
        const tab = await openTab()
        await tab.evaluate((own) => window.bench.share(own), documentsOf(tabs.length, documentsEach))
        tabs.push(tab)
      }
      progress(`${count} tabs are open`)
      return tabs
    },
  }
}
