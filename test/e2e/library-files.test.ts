import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXPECTED_FAILURES, makeDocumentFolder } from '../support/documents/make-folder.ts'
import { dropFiles } from '../support/drop-files.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

const MAX_TASK_MS = 200

describe('a folder that is dropped', () => {
  let server: TestServer
  let browser: TestBrowser
  let tab: Tab
  let folder: string

  beforeAll(async () => {
    folder = await makeDocumentFolder()
    server = await startServer({ LOREMESH_SEEDER: 'false' })
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
    await dropFiles(tab, folder)
    await tab.page.getByText(/^Adding files: [1-9]\d* of \d+ ready/).waitFor()
    const duringFirst = (await longTasks()).slice(before)
    await tab.page.reload()
    await tab.page.getByRole('list', { name: 'Added files' }).waitFor()
    const afterReload = (await longTasks()).length
    const startMs = performance.now()
    await tab.page.getByText(`files added, ${EXPECTED_FAILURES.length} failed`).waitFor({ timeout: 60_000 })
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
    for (const { path, reason } of EXPECTED_FAILURES) {
      expect(texts.find((words) => words.includes(`/${path}`))).toMatch(reason)
    }
    expect(texts).toHaveLength(EXPECTED_FAILURES.length)
  })

  it('is a library afterwards, without hidden files', async () => {
    await tab.page.getByRole('searchbox', { name: 'Filter documents' }).fill('notes-2.pdf')
    await tab.page.getByRole('list', { name: 'Documents' }).getByText(/PDF/).waitFor()
    await tab.page.getByRole('searchbox', { name: 'Filter documents' }).fill('.git')
    await tab.page.getByText(/No document matches/).waitFor()
    await tab.goTo('Ask')
    await tab.page.getByRole('radio', { name: 'My library' }).click()
    const [fromPdf] = await tab.ask('What colour is the lantern of room 2?')
    expect(fromPdf?.text).toContain('lantern of room 2 is blue')
    const [fromDocx] = await tab.ask('What colour is the kettle of the third floor?')
    expect(fromDocx?.text).toContain('kettle of the third floor is red')
  })

  it('reports no error', () => {
    expect(tab.errors).toEqual([])
  })
})
