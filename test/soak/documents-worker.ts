import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright'
import { buildBenchPage, launchChromium, openPage } from '../../bench/bench-page.ts'
import type { ReadRun } from '../../bench/ingest-page/ingest-page.ts'
import { watchRendererMemory } from '../../bench/renderer-memory.ts'
import { distribution, progress } from '../../bench/report.ts'
import { DOCUMENT_LIMITS } from '../../src/domain/content/document-limits.ts'
import { BAD_FILES } from '../support/documents/bad-files.ts'
import { HOSTILE_SHAPES } from '../support/documents/hostile-shapes.ts'
import { makeHandbookDocx } from '../support/documents/make-docx.ts'
import { makeReportPdf } from '../support/documents/make-pdf.ts'
import { startServer } from '../support/start-server.ts'
import type { DocumentsPart } from './documents.ts'

const MAX_GROWTH_MB = 100

/** A file to be read, and the reason for which it has to be refused if it has to. */
interface ReadCase {
  readonly path: string
  readonly reason?: RegExp
}

/**
 * Reads everything bad and hostile in the product's worker in a tab of its own each, and measures how much the whole
 * renderer, in which the worker runs, grows for it.
 */
export async function soakWorker(): Promise<DocumentsPart> {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-hostile-'))
  const page = await buildBenchPage('ingest-page')
  const server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_DIST_DIR: page.directory })
  const failures: string[] = []
  const growthMB: number[] = []
  const seconds: number[] = []
  try {
    const cases = await writeCases(folder)
    const samples = await writeSamples(folder)
    for (const { path, reason } of cases) {
      const browser = await launchChromium()
      const { run, grownMB } = await readAlone(browser, server.url, join(folder, path), samples)
      await browser.close()
      growthMB.push(grownMB)
      seconds.push(run.ms / 1000)
      progress(`${path}: +${Math.round(grownMB)} MB, ${(run.ms / 1000).toFixed(1)} s, ${run.outcome}`)
      if (grownMB > MAX_GROWTH_MB) failures.push(`${path} takes ${Math.round(grownMB)} MB`)
      if (run.ms > DOCUMENT_LIMITS.readingMs) failures.push(`${path} takes ${Math.round(run.ms)} ms`)
      if (reason !== undefined && (run.isRead || !reason.test(run.outcome))) {
        failures.push(`${path} gave “${run.outcome}” instead of ${reason.source}`)
      }
    }
  } finally {
    await server.stop()
    page.remove()
    rmSync(folder, { recursive: true })
  }
  return {
    figures: { readGrowthMB: distribution(growthMB, 'MB'), readSeconds: distribution(seconds, 's') },
    failures,
  }
}

async function writeCases(folder: string): Promise<readonly ReadCase[]> {
  for (const { path, text } of HOSTILE_SHAPES) writeFileSync(join(folder, path), text(1))
  // What is larger than its cap is refused before it is opened, and never comes to the worker.
  const bad = BAD_FILES.filter(({ sizeBytes }) => sizeBytes === undefined)
  for (const { path, content } of bad) writeFileSync(join(folder, path), await content())
  const page = `<h1>Hostile</h1>${'<img src=x onerror=alert(1)><p>Words</p><svg onload=alert(1)>'.repeat(4_000)}`
  writeFileSync(join(folder, 'hostile.html'), page)
  writeFileSync(join(folder, 'zeros.txt'), '')
  truncateSync(join(folder, 'zeros.txt'), DOCUMENT_LIMITS.textBytes)
  return [
    ...bad,
    ...HOSTILE_SHAPES,
    { path: 'hostile.html' },
    { path: 'zeros.txt', reason: /The file is binary/ },
  ]
}

/** A small file of each format, so that the code of its reader is there before memory is measured. */
async function writeSamples(folder: string): Promise<readonly string[]> {
  const samples: Readonly<Record<string, string | Uint8Array>> = {
    'sample.md': '# Title\n\nText\n',
    'sample.html': '<h1>Title</h1><p>Text</p>',
    'sample.json': '{"a": [1, 2]}',
    'sample.csv': 'a,b\n1,2\n',
    'sample.ts': 'export const a = 1\n',
    'sample.py': 'def a():\n    pass\n',
    'sample.pdf': await makeReportPdf(),
    'sample.docx': await makeHandbookDocx(),
  }
  return Object.entries(samples).map(([path, content]) => {
    writeFileSync(join(folder, path), content)
    return join(folder, path)
  })
}

async function readAlone(
  browser: Browser,
  url: string,
  path: string,
  samples: readonly string[],
): Promise<{ readonly run: ReadRun; readonly grownMB: number }> {
  const page = await openPage(await browser.newContext(), url, 'ingestBench')
  const input = page.locator('#files')
  for (const sample of samples) {
    await input.setInputFiles(sample)
    await page.evaluate(() => window.ingestBench.read())
  }
  const memory = await watchRendererMemory(page)
  await input.setInputFiles(path)
  await memory.begin()
  const run = await page.evaluate(() => window.ingestBench.read())
  const { before, peak } = await memory.readMB()
  return { run, grownMB: peak - before }
}
