import type { Browser, Page } from 'playwright'
import { startServer, type TestServer } from '../../test/support/start-server.ts'
import { buildBenchPage, launchChromium, openBenchTab } from '../bench-page.ts'
import { progress } from '../report.ts'
import { documentsOf } from './garden-diaries.ts'

/** A server and a browser whose tabs are whole peers without screens. */
export interface TabBed {
  readonly server: TestServer
  readonly browser: Browser
  /** The folder of the page that the tabs run, for tabs that are to load it without the server. */
  readonly directory: string
  /** A tab with storage of its own, whose peer has its account. */
  openTab(): Promise<Page>
  /** So many of them, one after another, as people come; each shares documents of its own, or nobody would link to it. */
  openSharers(count: number, documentsEach?: number): Promise<Page[]>
}

/** Runs something with such tabs; `environment` is the server's, as for `startServer`. */
export async function withTabs<T>(
  use: (bed: TabBed) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const page = await buildBenchPage()
  try {
    const server = await startServer({
      LOREMESH_DIST_DIR: page.directory,
      LOREMESH_SEEDER: 'false',
      LOREMESH_NETWORK_NAME: 'loremesh-bench',
      ...environment,
    })
    const browser = await launchChromium()
    try {
      const openTab = async (): Promise<Page> => {
        const tab = await openBenchTab(await browser.newContext(), server.url)
        await tab.evaluate(() => window.bench.start())
        return tab
      }
      return await use({
        server,
        browser,
        directory: page.directory,
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
      })
    } finally {
      await browser.close()
      await server.stop()
    }
  } finally {
    page.remove()
  }
}

/** The number of every pair of tabs, in turn: each asks and is asked equally often. */
export function* pairsOf(count: number): Generator<readonly [number, number], never> {
  for (let round = 0; ; round++) {
    const distance = 1 + (round % (count - 1))
    for (let tab = 0; tab < count; tab++) yield [tab, (tab + distance) % count]
  }
}
