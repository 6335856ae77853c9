import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/start-server.ts'
import { exportWallet, itemsOf, paidOf } from '../support/tab-wallet.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

describe('a single first tab', () => {
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

  it('answers an example question from the guide before anything leaves it', async () => {
    await tab.page.getByRole('radio', { name: 'My library' }).click()
    const results = await tab.ask('How is the price of a context computed?')
    expect(results[0]?.text).toContain('1024')
    await tab.page.getByRole('radio', { name: 'Both' }).click()
  })

  it('gets an answer from the seeder, pays it, and explains every token', async () => {
    await tab.untilStatus(/direct/)
    const results = await tab.ask('How do certificates stop double spending?')
    expect(results.some((result) => /from \w{6}/.test(result.text))).toBe(true)
    const entries = await exportWallet(tab)
    expect(entries.map((entry) => entry.kind)).toEqual(['reserve', 'collect', 'open'])
    expect(entries.every((entry) => entry.reason !== '' && entry.state === 'certified')).toBe(true)
    const total = entries.reduce((sum, entry) => sum + BigInt(entry.changeMicroTokens), 0n)
    expect(total.toString()).toBe(entries[0]?.afterMicroTokens)
    const [reserve] = entries
    const price = itemsOf(reserve).reduce((sum, item) => sum + BigInt(item.priceMicroTokens), 0n)
    expect(price).toBe(paidOf(reserve))
    expect(price).toBeGreaterThan(0n)
  })

  it('shows the balance and the entries under their names', async () => {
    await tab.goTo('Wallet')
    await tab.page.getByLabel('Balance', { exact: true }).waitFor()
    expect(await tab.page.getByRole('table', { name: 'Entries' }).getByRole('row').count()).toBeGreaterThan(3)
  })

  it('reports no error', () => {
    expect(tab.errors).toEqual([])
  })
})
