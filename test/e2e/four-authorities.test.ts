import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFederationStats, readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { exportWallet } from '../support/tab-wallet.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

const patient = { timeout: 30_000 }

describe('a tab in a network with four authorities', () => {
  let server: TestServer
  let browser: TestBrowser
  let tab: Tab

  beforeAll(async () => {
    server = await startServer({ LOREMESH_AUTHORITIES: '4', LOREMESH_AUTHORITY_PORT: '0' })
    browser = await startBrowser()
    tab = await browser.openTab(server.url)
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  const serverLinks = async () =>
    (await tab.diagnostics()).links.filter(({ kind }) => kind === 'websocket').length

  it('is linked to each of them over a WebSocket of its own', async () => {
    await expect.poll(serverLinks, patient).toBe(4)
  })

  it('buys while one of them is killed, and its entries are certified', async () => {
    await tab.goTo('Ask')
    await tab.untilStatus(/direct/)
    server.killAuthority(3)
    const results = await tab.ask('How do certificates stop double spending?')
    expect(results.some((result) => /from \w{6}/.test(result.text))).toBe(true)
    const entries = await exportWallet(tab)
    expect(entries.map((entry) => entry.kind)).toEqual(['reserve', 'collect', 'open'])
    await expect
      .poll(async () => (await exportWallet(tab)).filter(({ state }) => state === 'pending'), patient)
      .toEqual([])
    expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
  })

  it('is linked to it again when it is back', async () => {
    await expect.poll(async () => (await readFederationStats(server)).reachable, patient).toBe(4)
    await expect.poll(serverLinks, patient).toBe(4)
  })
})
