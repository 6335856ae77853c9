import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeHandbookDocx } from '../support/documents/make-docx.ts'
import { makePdf, makeReportPdf } from '../support/documents/make-pdf.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

const modules = resolve(import.meta.dirname, '../../node_modules')
const packages = [
  'ajv',
  'avvio',
  'dexie',
  'fast-check',
  'fastify',
  'find-my-way',
  'light-my-request',
  'onnxruntime-web',
  'pino',
  'valibot',
]
const MAX_TASK_MS = 200

/** READMEs and documentation folders of ten packages, three PDFs, two Word files, and what can't be read. */
async function makeFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-drop-'))
  for (const name of packages) {
    const target = join(folder, name)
    mkdirSync(target)
    for (const part of readdirSync(join(modules, name))) {
      if (!/^readme.*\.md$/i.test(part) && part !== 'docs') continue
      cpSync(join(modules, name, part), join(target, part), { recursive: true })
    }
  }
  writeFileSync(join(folder, 'report.pdf'), await makeReportPdf())
  for (const number of [1, 2]) {
    const notes = await makePdf((pdf) => pdf.text(`The lantern of room ${number} is blue.`))
    writeFileSync(join(folder, `notes-${number}.pdf`), notes)
  }
  const handbook = await makeHandbookDocx()
  writeFileSync(join(folder, 'handbook.docx'), handbook)
  writeFileSync(join(folder, 'handbook-copy.docx'), handbook)
  writeFileSync(join(folder, 'empty.md'), '')
  writeFileSync(join(folder, 'broken.pdf'), '%PDF-1.7\nnothing')
  writeFileSync(join(folder, 'picture.png'), Uint8Array.of(0x89, 0x50, 0, 0))
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.git', 'config'), 'not for the library')
  return folder
}

/** Drops files or folders of the disk onto the middle of the page, as the system does. */
async function drop(tab: Tab, path: string): Promise<void> {
  const session = await tab.context.newCDPSession(tab.page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 640, y: 500, data })
  }
}

describe('a folder that is dropped', () => {
  let server: TestServer
  let browser: TestBrowser
  let tab: Tab
  let folder: string

  beforeAll(async () => {
    folder = await makeFolder()
    server = await startServer()
    browser = await startBrowser()
    tab = await browser.openTab(server.url)
    await tab.context.addInitScript(() => {
      const tasks: number[] = []
      Object.assign(window, { longTasks: tasks })
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) tasks.push(duration)
      }).observe({ type: 'longtask', buffered: true })
    })
    await tab.page.reload()
    await tab.untilReady()
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  const summary = () => tab.page.getByText(/^(Adding files: .* ready|\d+ files? added)/)
  const longTasks = () => tab.page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks)

  it('is read to its end, also when the page is loaded anew meanwhile', async () => {
    expect(existsSync(join(folder, 'fastify', 'docs'))).toBe(true)
    const before = (await longTasks()).length
    await drop(tab, folder)
    await tab.page.getByText(/^Adding files: [1-9]\d* of \d+ ready/).waitFor()
    const duringFirst = (await longTasks()).slice(before)
    await tab.page.reload()
    await tab.page.getByRole('list', { name: 'Added files' }).waitFor()
    const afterReload = (await longTasks()).length
    const startMs = performance.now()
    await tab.page.getByText(/files added, 4 failed/).waitFor({ timeout: 60_000 })
    const tasks = [...duringFirst, ...(await longTasks()).slice(afterReload)]
    const seconds = (performance.now() - startMs) / 1000
    console.error(
      `${await summary().textContent()} after the reload in ${seconds.toFixed(1)} s; longest task ${Math.max(0, ...tasks)} ms`,
    )
    expect(Math.max(0, ...tasks)).toBeLessThan(MAX_TASK_MS)
  })

  it('gives a reason for every file that failed', async () => {
    const failed = tab.page.getByRole('list', { name: 'Added files' }).locator('li.failed')
    const texts = await failed.allTextContents()
    const reasons = [
      /empty\.md.*The file is empty/s,
      /broken\.pdf.*The PDF is broken/s,
      /picture\.png.*"image", which can't be read/s,
      /encapsulation_context\.svg.*"image", which can't be read/s,
    ]
    for (const reason of reasons) expect(texts).toContainEqual(expect.stringMatching(reason))
    expect(texts).toHaveLength(reasons.length)
  })

  it('is a library afterwards, without hidden files', async () => {
    await tab.page.getByRole('searchbox', { name: 'Filter documents' }).fill('notes-2.pdf')
    await tab.page.getByRole('list', { name: 'Documents' }).getByText(/PDF/).waitFor()
    await tab.page.getByRole('searchbox', { name: 'Filter documents' }).fill('.git')
    await tab.page.getByText(/No document matches/).waitFor()
    await tab.goTo('Ask')
    await tab.page.getByRole('radio', { name: 'My library' }).click()
    const results = await tab.ask('What colour is the lantern of room 2?')
    expect(results[0]?.text).toContain('blue')
  })

  it('reports no error', () => {
    expect(tab.errors).toEqual([])
  })
})
