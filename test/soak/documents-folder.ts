import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { distribution, progress } from '../../bench/report.ts'
import { watchRendererMemory } from '../../bench/renderer-memory.ts'
import { dropFiles } from '../support/drop-files.ts'
import { startServer } from '../support/start-server.ts'
import { startBrowser } from '../support/tabs.ts'
import type { DocumentsPart } from './documents.ts'

const FILES = 50_000
const FILES_OF_A_FOLDER = 500
/** What the queue holds at most that is not ready. */
const TAKEN = 10_000
const ADDING_TIMEOUT_MS = 1_800_000

/** Drops a folder of 50,000 small files onto the app: as many as fit become documents, and it says which was the last of them. */
export async function soakFolder(): Promise<DocumentsPart> {
  const folder = makeManyFiles()
  const server = await startServer({ LOREMESH_SEEDER: 'false' })
  const browser = await startBrowser()
  const failures: string[] = []
  try {
    const { page, ...tab } = await browser.openTab(server.url)
    const memory = await watchRendererMemory(page)
    await tab.goTo('Library')
    await memory.begin()
    const startMs = performance.now()
    await dropFiles({ page, ...tab }, folder)
    const leftOut = page.getByText(/At most 10,000 files or 1 GB can wait: “.*” was the last one added/)
    await leftOut.waitFor({ timeout: ADDING_TIMEOUT_MS })
    const queuedSeconds = (performance.now() - startMs) / 1000
    progress(`${(await leftOut.textContent()) ?? ''} (${queuedSeconds.toFixed(0)} s)`)
    const done = page.getByText(/^[\d,]+ files added/)
    await done.waitFor({ timeout: ADDING_TIMEOUT_MS })
    const seconds = (performance.now() - startMs) / 1000
    const summary = (await done.textContent()) ?? ''
    progress(`${summary} (${seconds.toFixed(0)} s)`)
    const added = countIn(summary)
    const library = (await page.getByText(/^[\d,]+ documents · /).textContent()) ?? ''
    if (added < TAKEN || summary.includes('failed') || countIn(library) !== added) {
      failures.push(`Of ${FILES} files “${summary}”, and the library has “${library}”`)
    }
    const { before, peak } = await memory.readMB()
    for (const error of tab.errors) failures.push(`The tab reported: ${error}`)
    return {
      figures: {
        manyFilesAdded: { value: added, unit: 'files', runs: 1 },
        manyFilesPerSecond: distribution([added / seconds], 'files/s'),
        manyFilesGrowthMB: distribution([peak - before], 'MB'),
      },
      failures,
    }
  } finally {
    await browser.close()
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}

/** The number that a sentence begins with. */
function countIn(sentence: string): number {
  return Number(/^[\d,]+/.exec(sentence)?.[0].replaceAll(',', ''))
}

function makeManyFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-many-'))
  for (let n = 0; n < FILES; n++) {
    const inner = join(folder, `part-${Math.floor(n / FILES_OF_A_FOLDER)}`)
    if (n % FILES_OF_A_FOLDER === 0) mkdirSync(inner)
    writeFileSync(join(inner, `note-${n}.md`), `# Note ${n}\n\nWhat note number ${n} says.\n`)
  }
  return folder
}
