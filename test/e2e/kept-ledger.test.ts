import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

describe('a tab that keeps the ledger', () => {
  let server: TestServer
  let browser: TestBrowser
  let tab: Tab

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    tab = await browser.openTab(server.url)
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  const choice = () => tab.page.getByRole('switch', { name: 'Keep the network’s ledger' })
  const kept = () => tab.page.getByText(/entries are kept here/).textContent()
  const counted = async () => Number(/(\d+) entries are kept here/.exec((await kept()) ?? '')?.[1])

  it('checks and stores what was certified before and since, also after a reload, until it is told to stop', async () => {
    await tab.untilStatus(/direct/)
    await tab.page.getByRole('button', { name: 'Settings' }).click()
    await choice().click()
    // The seeder's account and its own: each was opened and got its starter grant.
    await expect.poll(counted, { timeout: 30_000 }).toBeGreaterThanOrEqual(4)
    await tab.page.keyboard.press('Escape')
    await tab.ask('How do certificates stop double spending?')
    await tab.page.reload()
    await tab.page.getByRole('button', { name: 'Settings' }).click()
    await expect.poll(() => choice().getAttribute('aria-checked')).toBe('true')
    await expect.poll(counted, { timeout: 30_000 }).toBeGreaterThan(4)
    await choice().click()
    await tab.page.getByText(/entries are kept here/).waitFor({ state: 'detached' })
    expect(tab.errors).toEqual([])
  })
})
