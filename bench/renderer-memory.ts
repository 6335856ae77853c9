import { readFile, writeFile } from 'node:fs/promises'
import type { CDPSession, Page } from 'playwright'

/** The memory of the process that runs a page and its workers. */
export interface RendererMemory {
  /** Collects garbage, takes the memory as the level from which growth counts, and forgets the peak before. */
  begin(): Promise<void>
  /** Megabytes of memory in use at the beginning, and at the highest peak since. */
  readMB(): Promise<{ readonly before: number; readonly peak: number }>
  detach(): Promise<void>
}

/** Watches the renderer of a page in a browser whose other pages are all empty. Linux only: the kernel keeps the peak. */
export async function watchRendererMemory(page: Page): Promise<RendererMemory> {
  const session = await page.context().newCDPSession(page)
  const processId = await findRenderer(page)
  let before = 0
  return {
    async begin() {
      await collectGarbage(session)
      await writeFile(`/proc/${processId}/clear_refs`, '5')
      before = (await readStatusMB(processId)).now
    },
    async readMB() {
      return { before, peak: (await readStatusMB(processId)).peak }
    },
    detach: () => session.detach(),
  }
}

/** The process of the page is the largest renderer: Chromium keeps an empty one in spare. */
async function findRenderer(page: Page): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession()
  if (session === undefined) throw new Error('The page has no browser any more')
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const renderers = await Promise.all(
    processInfo
      .filter(({ type }) => type === 'renderer')
      .map(async ({ id }) => ({ id, ...(await readStatusMB(id)) })),
  )
  const [largest] = renderers.toSorted((a, b) => b.now - a.now)
  if (largest === undefined) throw new Error('The browser has no renderer')
  return largest.id
}

async function collectGarbage(session: CDPSession): Promise<void> {
  await session.send('HeapProfiler.collectGarbage')
}

async function readStatusMB(processId: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8')
  const valueOf = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6
  return { now: valueOf('VmRSS'), peak: valueOf('VmHWM') }
}
