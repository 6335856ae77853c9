import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import { startThrottlingBrowser, type ThrottledTab } from '../../test/support/throttling-browser.ts'
import { openBenchTab, type BenchPage } from '../bench-page.ts'
import { distribution, progress, shareOf, single } from '../report.ts'
import { withTabs } from './bench-tabs.ts'
import { describeLoad, type NetworkPart } from './part.ts'
import { SLOPE_SAMPLES, slopeOf, type Sample } from './slope.ts'

/** How long a tab is hidden. */
export interface HiddenSizes {
  readonly warmUpMs: number
  /** Between two of ten samples of the heap. */
  readonly sampleIntervalMs: number
  /** Between two visitors. */
  readonly visitIntervalMs: number
}

/** 30 minutes: ten to warm up, twenty that are sampled. */
export const fullHiddenSizes: HiddenSizes = {
  warmUpMs: 10 * 60_000,
  sampleIntervalMs: 2 * 60_000,
  visitIntervalMs: 5_000,
}

/** For a quick look at whether everything runs; its slope says nothing. */
export const smallHiddenSizes: HiddenSizes = {
  warmUpMs: 4_000,
  sampleIntervalMs: 1_000,
  visitIntervalMs: 1_000,
}

const QUESTION = 'How do bees tell where food is?'
const DOCUMENT = {
  path: 'bees.md',
  text: '# Bees\n\nHoney bees tell each other where food is with a waggle dance on the comb.\n',
}

/**
 * A tab that is hidden in a browser as people start it, whose timers are throttled at once, and that goes on sharing:
 * whether it answers those who come, how fast, and whether its heap grows.
 */
export async function measureHidden(sizes: HiddenSizes, page: BenchPage): Promise<NetworkPart> {
  return withTabs(page, async ({ server, browser }) => {
    const throttling = await startThrottlingBrowser()
    try {
      const host = await throttling.openTab(server.url)
      await host.until(`'bench' in window`)
      const hostId = String(await host.evaluate('window.bench.start()'))
      await host.evaluate(`window.bench.share([${JSON.stringify(DOCUMENT)}])`)
      await host.hide()
      const visitors = startVisitors(
        await openBenchTab(await browser.newContext(), server.url),
        hostId,
        sizes,
      )
      await pause(sizes.warmUpMs)
      const samples = await sampleHeap(host, sizes)
      const { answerMs, visits, failures } = await visitors.stop()
      const slope = slopeOf(samples)
      if ((await host.evaluate('document.visibilityState')) !== 'hidden')
        failures.push('The tab was not hidden')
      return {
        figures: {
          heapGrowthMBPerHour: single(slope.perHour, 'MB/h', samples.length),
          heapGrowthLowMBPerHour: single(slope.low, 'MB/h', samples.length),
          heapGrowthHighMBPerHour: single(slope.high, 'MB/h', samples.length),
          hiddenHeapMB: single(samples.at(-1)?.value ?? Number.NaN, 'MB', samples.length),
          hiddenAnswered: shareOf(answerMs.length / visits, visits),
          hiddenAnswerMs: distribution(answerMs, 'ms'),
        },
        failures,
      }
    } finally {
      await throttling.close()
    }
  })
}

async function sampleHeap(host: ThrottledTab, { sampleIntervalMs }: HiddenSizes): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  while (samples.length < SLOPE_SAMPLES) {
    await pause(sampleIntervalMs)
    samples.push({ atMs: performance.now(), value: (await host.heldBytes()) / 1e6 })
    progress(`heap ${samples.at(-1)?.value.toFixed(2)} MB; ${describeLoad()}`)
  }
  return samples
}

/** One after another comes as somebody new, asks the hidden tab and leaves, until they are stopped. */
function startVisitors(
  page: Page,
  hostId: string,
  { visitIntervalMs }: HiddenSizes,
): {
  stop(): Promise<{ readonly answerMs: number[]; readonly visits: number; readonly failures: string[] }>
} {
  const answerMs: number[] = []
  const failures: string[] = []
  const stopped = new AbortController()
  let visits = 0
  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      visits += 1
      try {
        const visit = await page.evaluate(([id, question]) => window.bench.visit(id, question), [
          hostId,
          QUESTION,
        ] as const)
        if (visit.hits > 0) answerMs.push(visit.answerMs)
      } catch (error) {
        failures.push(`visit ${visits}: ${String(error).split('\n', 1)[0]}`)
      }
      await pause(visitIntervalMs, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    async stop() {
      stopped.abort()
      await running
      return { answerMs, visits, failures }
    },
  }
}
