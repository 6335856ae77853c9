import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPackageDocuments } from '../support/package-documents.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { balanceOf, exportWallet, itemsOf, paidOf } from '../support/tab-wallet.ts'
import { startBrowser, type Tab, type TabResult, type TestBrowser } from '../support/tabs.ts'

const DOCUMENTS = 24
const question = 'How do I match files with glob patterns and wildcards?'
const STARTER_GRANT = 1_000_000_000n

describe('two people', () => {
  let server: TestServer
  let browser: TestBrowser
  let anna: Tab
  let ben: Tab
  let annaId: string
  let results: readonly TabResult[]
  let price: bigint

  beforeAll(async () => {
    // A short window, so that what was earned is claimed, and the rest of the reserve comes back, within seconds.
    server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_PAYMENT_WINDOW_SECONDS: '40' })
    browser = await startBrowser()
    anna = await browser.openTab(server.url)
    ben = await browser.openTab(server.url)
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it('share documents that nobody here wrote, after seeing exactly what leaves', async () => {
    const paths = listPackageDocuments(200).filter((path) =>
      /glob|match|brace|fastify|dexie|libp2p/.test(path),
    )
    await anna.addDocuments(paths.slice(0, DOCUMENTS))
    const switches = anna.page.getByRole('switch', { name: /^Share / })
    await switches.nth(DOCUMENTS - 1).waitFor()
    expect(await anna.page.getByRole('switch', { name: /^Share /, checked: true }).count()).toBe(0)
    await anna.shareAll()
    await anna.page
      .getByRole('switch', { name: /^Share /, checked: true })
      .nth(DOCUMENTS - 1)
      .waitFor()
    annaId = (await anna.diagnostics()).peerId
  })

  it('ask, and get the passages from the other tab', async () => {
    results = await ben.ask(question)
    const fromAnna = results.filter((result) => result.text.includes(`from ${annaId.slice(-6)}`))
    expect(fromAnna.length).toBeGreaterThan(0)
    expect(results.every((result) => result.text.includes('from '))).toBe(true)
  })

  it('are linked over WebRTC, without the limits of a relayed link', async () => {
    const link = (await ben.diagnostics()).links.find(({ peerId }) => peerId === annaId)
    expect(link).toMatchObject({ kind: 'webrtc' })
    expect(link?.bytesIn).toBeGreaterThan(0)
    expect(link?.remoteAddress).toContain('/webrtc')
  })

  it('pay exactly two tokens per KB, each passage rounded up to a millionth of a token', async () => {
    const [reserve] = await exportWallet(ben)
    expect(reserve?.kind).toBe('reserve')
    expect(reserve?.purchases[0]?.receipt.payee).toBe(annaId)
    const items = itemsOf(reserve)
    expect(items.length).toBeGreaterThan(0)
    for (const { sizeBytes, priceMicroTokens } of items) {
      expect(BigInt(priceMicroTokens)).toBe((BigInt(sizeBytes) * 2_000_000n + 1023n) / 1024n)
    }
    price = items.reduce((sum, item) => sum + BigInt(item.priceMicroTokens), 0n)
    expect(paidOf(reserve)).toBe(price)
    expect(BigInt(reserve?.changeMicroTokens ?? 0)).toBeLessThanOrEqual(-price)
  })

  it('gain and lose the same, get the rest back, and the ledger adds up', async () => {
    await anna.untilEntry(/Earned with/)
    await ben.untilEntry(/came back/)
    expect(balanceOf(await exportWallet(anna))).toBe(STARTER_GRANT + price)
    expect(balanceOf(await exportWallet(ben))).toBe(STARTER_GRANT - price)
    const stats = await readLedgerStats(server)
    expect(stats).toMatchObject({ accounts: 2, pending: 0n, locked: 0n, conserved: true })
    expect(stats.balances + stats.credits).toBe(stats.minted)
  })

  it('pay nothing for the same question again', async () => {
    const before = balanceOf(await exportWallet(ben))
    const again = await ben.ask(question)
    expect(again.map((result) => result.title).sort()).toEqual(results.map((result) => result.title).sort())
    expect(again.every((result) => /from you|, cached/.test(result.text))).toBe(true)
    expect(balanceOf(await exportWallet(ben))).toBe(before)
  })

  it('see what they bought, keep what they pin, and buy the rest again', async () => {
    const { page } = ben
    const fromAnna = `from ${annaId.slice(-6)}`
    const pins = page.getByRole('list', { name: 'Passages from others' }).getByRole('switch')
    const pinned = pins.and(page.locator('[aria-checked=true]'))
    const isLeft = (count: number) => expect.poll(() => pins.count(), { timeout: 15_000 }).toBe(count)
    await ben.goTo('Library')
    await page.getByRole('link', { name: /^From others/ }).click()
    await pins.first().waitFor()
    const bought = await pins.count()
    expect(bought).toBeGreaterThan(1)
    const rows = page.getByRole('list', { name: 'Passages from others' }).getByRole('listitem')
    for (const row of await rows.all()) expect(await row.textContent()).toMatch(fromAnna)
    expect(await rows.first().textContent()).toMatch(/[\d.]+ tokens/)
    await pins.first().click()
    await pinned.waitFor()
    await page.getByRole('button', { name: 'Change limit' }).click()
    await page.getByRole('spinbutton', { name: 'Room for passages from others, in MB' }).fill('0')
    await page.getByRole('spinbutton', { name: 'Room for passages from others, in MB' }).press('Tab')
    await page.getByRole('button', { name: 'Remove them' }).click()
    await page.getByRole('button', { name: 'Done' }).click()
    await isLeft(1)
    await page.reload()
    await pinned.waitFor()
    await isLeft(1)
    await ben.untilStatus(/direct/)
    const again = await ben.ask(question)
    expect(again.filter(({ text }) => text.includes(fromAnna) && !text.includes('cached'))).toHaveLength(
      bought - 1,
    )
    expect(again.filter(({ text }) => text.includes(`${fromAnna}, cached`))).toHaveLength(1)
  })

  it('never let a private document out', async () => {
    const secret = 'The vault of the lighthouse opens with quartz and marmalade.'
    await anna.addText('lighthouse.md', 'Lighthouse', secret)
    const found = await ben.ask('What opens the vault of the lighthouse?')
    expect(found.some((result) => result.text.includes('marmalade'))).toBe(false)
    const own = await anna.ask('What opens the vault of the lighthouse?')
    expect(own[0]?.text).toContain('marmalade')
  })

  it('report no error', () => {
    expect([...anna.errors, ...ben.errors]).toEqual([])
  })
})

describe('the documents of the test', () => {
  it('are real ones with headings', () => {
    const [first] = listPackageDocuments(1)
    expect(readFileSync(first ?? '', 'utf8')).toMatch(/^#/m)
  })
})
