import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { IngestFile } from '../src/domain/content/ingest-file.ts'
import { makeDocumentFolder } from '../test/support/documents/make-folder.ts'
import { dropFiles } from '../test/support/drop-files.ts'
import { startServer } from '../test/support/start-server.ts'
import { startBrowser } from '../test/support/tabs.ts'
import { buildBenchPage, launchChromium, openPage } from './bench-page.ts'
import { judgeGoals, type Goal } from './goals.ts'
import type { IngestRun } from './ingest-page/ingest-page.ts'
import { watchRendererMemory } from './renderer-memory.ts'
import { distribution, median, progress, type BenchReport } from './report.ts'

interface Sizes {
  readonly runs: number
  /** Whether two of the PDFs and a Word file are as long as books. */
  readonly isLong: boolean
}

export const fullIngestSizes: Sizes = { runs: 3, isLong: true }
export const smallIngestSizes: Sizes = { runs: 1, isLong: false }

const GOALS: readonly Goal[] = [{ figure: 'longestTaskMs', bound: 'most', value: 200 }]
const ADDING_TIMEOUT_MS = 300_000
const server = { LOREMESH_SEEDER: 'false' }

/** What dropping the folder onto the app did. */
interface AppRun {
  readonly seconds: number
  readonly files: readonly IngestFile[]
  readonly longestTaskMs: number
  readonly memoryMB: { readonly before: number; readonly peak: number }
}

/**
 * A folder with the documentation of ten packages, PDFs, Word files and files that can't be read: dropped onto the app in
 * a tab with an empty library, and read by the same peer with its parts timed, beside pdf.js and Dexie alone.
 */
export async function measureIngestion({ runs, isLong }: Sizes): Promise<BenchReport> {
  execFileSync(process.execPath, ['tools/build-if-needed.ts'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const folder = await makeDocumentFolder({ isLong })
  const page = await buildBenchPage('ingest-page')
  try {
    const inApp: AppRun[] = []
    const inParts: IngestRun[] = []
    for (let run = 1; run <= runs; run++) {
      inApp.push(await dropOnApp(folder))
      inParts.push(await ingestInParts(folder, page.directory))
      progress(`run ${run} of ${runs}`)
    }
    tellOutcomes(inApp[0]?.files ?? [])
    const report = toReport(inApp, inParts)
    for (const line of judgeGoals(report.figures, GOALS)) progress(line)
    return report
  } finally {
    page.remove()
    rmSync(folder, { recursive: true })
  }
}

async function dropOnApp(folder: string): Promise<AppRun> {
  const running = await startServer(server)
  const browser = await startBrowser()
  try {
    const tab = await browser.openTab(running.url)
    const memory = await watchRendererMemory(tab.page)
    await tab.page.evaluate(() => {
      const tasks: number[] = []
      Object.assign(window, { longTasks: tasks })
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) tasks.push(duration)
      }).observe({ type: 'longtask' })
    })
    await tab.goTo('Library')
    await memory.begin()
    const startMs = performance.now()
    await dropFiles(tab, folder)
    await tab.page.getByText(/^\d+ files? added/).waitFor({ timeout: ADDING_TIMEOUT_MS })
    const seconds = (performance.now() - startMs) / 1000
    const memoryMB = await memory.readMB()
    const tasks = await tab.page.evaluate(
      () => (window as unknown as { readonly longTasks: readonly number[] }).longTasks,
    )
    return {
      seconds,
      files: await tab.page.evaluate(listFiles),
      longestTaskMs: Math.max(0, ...tasks),
      memoryMB,
    }
  } finally {
    await browser.close()
    await running.stop()
  }
}

/** Runs in the page: everything that the queue knows of. */
async function listFiles(): Promise<IngestFile[]> {
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(new Error(request.error?.message))
    })
  const database = await done(indexedDB.open('loremesh-queue'))
  const records: IDBRequest<unknown[]> = database.transaction('files').objectStore('files').getAll()
  const files = (await done(records)) as IngestFile[]
  database.close()
  return files
}

async function ingestInParts(folder: string, directory: string): Promise<IngestRun> {
  const running = await startServer({ ...server, LOREMESH_DIST_DIR: directory })
  const browser = await launchChromium()
  try {
    const page = await openPage(await browser.newContext(), running.url, 'ingestBench')
    await page.locator('#folder').setInputFiles(folder)
    return await page.evaluate(() => window.ingestBench.ingest())
  } finally {
    await browser.close()
    await running.stop()
  }
}

/** Says why each file failed. Throws when one is neither ready nor failed for a reason. */
function tellOutcomes(files: readonly IngestFile[]): void {
  for (const { path, state, reason } of files) {
    if (state === 'ready') continue
    if (state !== 'failed' || reason === undefined) throw new Error(`${path} is ${state} without a reason`)
    progress(`${path}: ${reason}`)
  }
}

function toReport(inApp: readonly AppRun[], inParts: readonly IngestRun[]): BenchReport {
  const count = (state: IngestFile['state']): number =>
    inApp[0]?.files.filter((file) => file.state === state).length ?? 0
  const contextsOf = ({ files }: AppRun): number => files.reduce((sum, { contexts = 0 }) => sum + contexts, 0)
  const ready = inApp.map(({ files }) => files.filter(({ state }) => state === 'ready').length)
  const phases = Object.keys(inParts[0]?.phasesMs ?? {})
  return {
    bench: 'ingest',
    figures: {
      filesReady: { value: count('ready'), unit: 'files', runs: inApp.length },
      filesFailed: { value: count('failed'), unit: 'files', runs: inApp.length },
      filesPerSecond: median(
        inApp.map(({ seconds }, at) => (ready[at] ?? 0) / seconds),
        'files/s',
      ),
      chunks: median(inApp.map(contextsOf), 'chunks'),
      chunksPerSecond: median(
        inApp.map((run) => contextsOf(run) / run.seconds),
        'chunks/s',
      ),
      longestTaskMs: distribution(
        inApp.map(({ longestTaskMs }) => longestTaskMs),
        'ms',
      ),
      rendererGrowthMB: distribution(
        inApp.map(({ memoryMB: { before, peak } }) => peak - before),
        'MB',
      ),
      allPhasesMs: median(
        inParts.map(({ ms }) => ms),
        'ms',
      ),
      ...Object.fromEntries(
        phases.map((phase) => [
          `${phase}Ms`,
          median(
            inParts.map(({ phasesMs }) => phasesMs[phase] ?? 0),
            'ms',
          ),
        ]),
      ),
      pdfPagesPerSecond: median(
        inParts.map(({ pdf }) => (pdf.pages / pdf.ms) * 1000),
        'pages/s',
      ),
      storedChunksPerSecond: median(
        inParts.map(({ contexts, phasesMs }) => (contexts / (phasesMs['store'] ?? 0)) * 1000),
        'chunks/s',
      ),
    },
    rivals: {
      'pdfjs.pagesPerSecond': median(
        inParts.map(({ pdf }) => (pdf.pages / pdf.pdfJsMs) * 1000),
        'pages/s',
      ),
      'dexie.chunksPerSecond': median(
        inParts.map(({ contexts, dexieMs }) => (contexts / dexieMs) * 1000),
        'chunks/s',
      ),
    },
  }
}
