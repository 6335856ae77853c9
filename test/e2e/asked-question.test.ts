import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startBrowser, type TestBrowser } from '../support/tabs.ts'

let server: TestServer
let browser: TestBrowser

beforeAll(async () => {
  server = await startServer()
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  await server.stop()
})

it('a question’s tokens are counted in the tab, and what is said about its results outlives a reload', async () => {
  const tab = await browser.openTab(server.url)
  const { page } = tab
  const question = 'How do bees tell where food is?'
  const bees = page.getByRole('article').filter({ hasText: 'waggle dance' })
  const helpful = bees.getByRole('button', { name: 'Helpful', exact: true })
  await tab.addText('bees.md', 'Bees', 'Honey bees tell each other where food is with a waggle dance.')
  await tab.ask(question)
  await page.getByRole('button', { name: 'Explain these numbers' }).click()
  await page.getByText(/Counted in o200k_base/).waitFor()
  await page.keyboard.press('Escape')
  await helpful.click()
  await helpful.and(page.locator('[aria-pressed=true]')).waitFor()
  await page.reload()
  await tab.untilReady()
  await tab.ask(question)
  await helpful.and(page.locator('[aria-pressed=true]')).waitFor()
  await page.getByRole('button', { name: 'Explain these numbers' }).click()
  await page.getByRole('link', { name: 'Asked questions' }).click()
  await page.getByText('100 % helpful').waitFor()
  expect(tab.errors).toEqual([])
})
