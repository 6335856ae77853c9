import type { Page } from 'playwright'
import { openBenchTab, type BenchPage } from '../bench-page.ts'
import { distribution, progress, single } from '../report.ts'
import { withTabs } from './bench-tabs.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How often somebody comes, is served, and leaves. */
export interface CycleSizes {
  readonly cycles: number
}

export const fullCycleSizes: CycleSizes = { cycles: 1_000 }

/** For the tests, and for a quick look at whether everything runs. */
export const smallCycleSizes: CycleSizes = { cycles: 50 }

/**
 * Links of the tab at which the next visitor waits: one that has left is missed 4 s later, and of 32 links some are kept for
 * others.
 */
const CROWD = 16
/** A browser bears 500 peer connections a page; visitors come from a new page before that. */
const VISITS_PER_PAGE = 200
/** The heap grows by compiled code with the first visitors. */
const WARM_UP_CYCLES = 20
/** Links that are left when everybody had this long to be missed. */
const GOODBYE_TIMEOUT_MS = 30_000
const QUESTION = 'How do I prune tomatoes?'
const DOCUMENT = {
  path: 'tomatoes.md',
  text: '# Tomatoes\n\nPrune the side shoots of tomatoes every week, and water their roots in the morning.\n',
}

/** One tab that shares something, and peers that come one after another, each as somebody new: link, question, goodbye. */
export async function measureCycles({ cycles }: CycleSizes, page: BenchPage): Promise<NetworkPart> {
  return withTabs(page, async ({ server, browser, openTab }) => {
    const host = await openTab()
    const hostId = await host.evaluate(() => window.bench.start())
    await host.evaluate((document) => window.bench.share([document]), DOCUMENT)
    const heap = await watchHeap(host)
    const linkMs: number[] = []
    const answerMs: number[] = []
    const failures: string[] = []
    let before = Number.NaN
    for (let cycle = 0; cycle < cycles;) {
      const visitors = await openBenchTab(await browser.newContext(), server.url)
      for (let left = Math.min(VISITS_PER_PAGE, cycles - cycle); left > 0; left--, cycle++) {
        try {
          const visit = await visitors.evaluate(([id, question]) => window.bench.visit(id, question), [
            hostId,
            QUESTION,
          ] as const)
          if (visit.hits === 0) failures.push(`cycle ${cycle}: nothing was found`)
          if (visit.transport !== 'webrtc') failures.push(`cycle ${cycle}: the link was ${visit.transport}`)
          linkMs.push(visit.linkMs)
          answerMs.push(visit.answerMs)
        } catch (error) {
          failures.push(`cycle ${cycle}: ${String(error).split('\n', 1)[0]}`)
        }
        await untilFewer(host, CROWD)
        if (cycle === WARM_UP_CYCLES) {
          await untilFewer(host, 1)
          before = await heap.readMB()
        }
      }
      await visitors.context().close()
      progress(`${cycle}/${cycles} cycles, ${failures.length} failures; ${describeLoad()}`)
    }
    const left = await untilFewer(host, 1)
    const after = await heap.readMB()
    const made = await host.evaluate(() => window.bench.connectionsMade())
    if (left > 0) failures.push(`${left} links are left to peers that are gone`)
    return {
      figures: {
        soakCycles: single(answerMs.length, 'cycles'),
        cycleLinkMs: distribution(linkMs, 'ms'),
        cycleAnswerMs: distribution(answerMs, 'ms'),
        cycleHeapGrowthMB: single(after - before, 'MB', cycles - WARM_UP_CYCLES),
        cycleConnectionsMade: single(made, 'connections'),
      },
      failures,
    }
  })
}

/** Direct links of a tab once there are fewer than so many, or its visitors had time to be gone. */
function untilFewer(tab: Page, count: number): Promise<number> {
  return tab.evaluate(([most, timeoutMs]) => window.bench.countLinks(0, most, timeoutMs), [
    count - 1,
    GOODBYE_TIMEOUT_MS,
  ] as const)
}

/** The JavaScript heap of a page after garbage was collected. */
async function watchHeap(page: Page): Promise<{ readMB(): Promise<number> }> {
  const session = await page.context().newCDPSession(page)
  return {
    async readMB() {
      await session.send('HeapProfiler.collectGarbage')
      const { usedSize } = await session.send('Runtime.getHeapUsage')
      return usedSize / 1e6
    },
  }
}
