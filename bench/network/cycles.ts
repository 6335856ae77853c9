import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import { distribution, progress, single } from '../report.ts'
import { withTabs } from './bench-tabs.ts'
import { describeLoad, type NetworkPart } from './part.ts'

/** How often somebody comes, is served, and leaves. */
export interface CycleSizes {
  readonly cycles: number
}

export const fullCycleSizes: CycleSizes = { cycles: 1_000 }

/** For a quick look at whether everything runs. */
export const smallCycleSizes: CycleSizes = { cycles: 50 }

/** Between two visits: the link to a peer that left takes room until it is missed, 12 to 15 s later. */
const VISIT_INTERVAL_MS = 750
/** A browser bears 500 peer connections a page; visitors come from a new page before that. */
const VISITS_PER_PAGE = 200
/** Links that are left when everybody is gone: a page that closes takes a moment to be missed. */
const GOODBYE_TIMEOUT_MS = 30_000
const QUESTION = 'How do I prune tomatoes?'
const DOCUMENT = {
  path: 'tomatoes.md',
  text: '# Tomatoes\n\nPrune the side shoots of tomatoes every week, and water their roots in the morning.\n',
}

/** One tab that shares something, and peers that come one after another, each as somebody new: link, question, goodbye. */
export async function measureCycles({ cycles }: CycleSizes): Promise<NetworkPart> {
  return withTabs(async (bed) => {
    const host = await bed.openTab()
    const hostId = await host.evaluate(() => window.bench.start())
    await host.evaluate((document) => window.bench.share([document]), DOCUMENT)
    const heap = await watchHeap(host)
    const before = await heap.readMB()
    const linkMs: number[] = []
    const answerMs: number[] = []
    const failures: string[] = []
    for (let cycle = 0; cycle < cycles;) {
      const visitors = await bed.openTab()
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
        await pause(VISIT_INTERVAL_MS)
      }
      await visitors.context().close()
      progress(`${cycle}/${cycles} cycles, ${failures.length} failures; ${describeLoad()}`)
    }
    const left = await countLinksLeft(host)
    const after = await heap.readMB()
    const { made } = await host.evaluate(() => window.bench.links())
    if (left > 0) failures.push(`${left} links are left to peers that are gone`)
    return {
      figures: {
        soakCycles: single(answerMs.length, 'cycles'),
        cycleLinkMs: distribution(linkMs, 'ms'),
        cycleAnswerMs: distribution(answerMs, 'ms'),
        cycleHeapGrowthMB: single(after - before, 'MB', cycles),
        cycleConnectionsMade: single(made, 'connections'),
      },
      failures,
    }
  })
}

/** Direct links of the host once its visitors had time to be gone. */
async function countLinksLeft(host: Page): Promise<number> {
  const deadlineMs = performance.now() + GOODBYE_TIMEOUT_MS
  for (;;) {
    const { direct } = await host.evaluate(() => window.bench.links())
    if (direct === 0 || performance.now() > deadlineMs) return direct
    await pause(500)
  }
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
