import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSwarmStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import {
  startThrottlingBrowser,
  type ThrottledTab,
  type ThrottlingBrowser,
} from '../support/throttling-browser.ts'

const MEASURED_MS = 2_500

/** An expression for the element with this name. */
const find = (selector: string, name: string): string =>
  `[...document.querySelectorAll('${selector}')].find((one) => (one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent).trim() === '${name}')`
const isThere = (selector: string, name: string): string => `${find(selector, name)} !== undefined`

async function click(tab: ThrottledTab, selector: string, name: string): Promise<void> {
  await tab.until(isThere(selector, name))
  await tab.evaluate(`${find(selector, name)}.click()`)
}

describe('a hidden tab', () => {
  let server: TestServer
  let browser: ThrottlingBrowser
  let tab: ThrottledTab

  beforeAll(async () => {
    server = await startServer({ LOREMESH_SEEDER: 'false' })
    browser = await startThrottlingBrowser()
    tab = await browser.openTab(server.url)
    await tab.until(`document.querySelector('textarea') !== null`)
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  async function share(name: string, text: string): Promise<void> {
    await tab.evaluate(`location.hash = '#/library'`)
    await tab.until(isThere('input', 'Add documents'))
    await tab.evaluate(`{
      const files = new DataTransfer()
      files.items.add(new File([${JSON.stringify(text)}], '${name}', { type: 'text/markdown' }))
      const input = ${find('input', 'Add documents')}
      input.files = files.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
    }`)
    await click(tab, 'button', 'Share all documents')
    await click(tab, 'button', 'Confirm sharing')
  }

  async function untilAnnounced(): Promise<void> {
    const shared = async () => (await readSwarmStats(server)).contextsTotal
    await expect.poll(shared, { timeout: 20_000, interval: 250 }).toBe(1)
  }

  it('has the timers of its window slowed down, which this test is about', async () => {
    await share('bees.md', '# Bees\n\nHoney bees tell each other where food is with a waggle dance.\n')
    await untilAnnounced()
    await tab.hide()
    expect(await tab.evaluate('document.visibilityState')).toBe('hidden')
    await tab.evaluate('globalThis.ticks = 0; setInterval(() => (globalThis.ticks += 1), 20); undefined')
    const before = Number(await tab.evaluate('globalThis.ticks'))
    await new Promise((resolve) => setTimeout(resolve, MEASURED_MS))
    const ticks = Number(await tab.evaluate('globalThis.ticks')) - before
    expect(ticks).toBeLessThanOrEqual((2 * MEASURED_MS) / 1_000)
  })

  it('has no timers of the peer network among them', () => {
    const files = readdirSync('dist/assets').filter((name) => /^libp2p-(?!parts).*\.js$/.test(name))
    expect(files).toHaveLength(1)
    const code = files.map((name) => readFileSync(join('dist/assets', name), 'utf8')).join('')
    expect(code.match(/(?<![\w$.])(?:set(?:Timeout|Interval)|AbortSignal\.timeout)\(/g)).toBeNull()
  })

  it('comes back to a server that was restarted, and says what it shares', async () => {
    await server.pause()
    await server.resume()
    await untilAnnounced()
  })

  it('answers a tab in front, which buys what it shares', async () => {
    const asking = await browser.openTab(server.url)
    await asking.until(`document.querySelector('textarea') !== null`)
    await asking.until(
      `/^Connected|^Relay only/.test(${find('[role=status]', 'Connection')}?.innerText ?? '')`,
    )
    await asking.evaluate(`{
      const box = document.querySelector('textarea')
      box.value = 'How do bees tell where food is?'
      box.dispatchEvent(new Event('input', { bubbles: true }))
    }`)
    await click(asking, 'button', 'Ask')
    await click(asking, 'button', 'Allow')
    await asking.until(
      `[...document.querySelectorAll('article')].some((one) => /waggle dance/.test(one.textContent))`,
    )
    expect(await tab.evaluate('document.visibilityState')).toBe('hidden')
  })
})
