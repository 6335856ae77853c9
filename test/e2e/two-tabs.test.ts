import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPackageDocuments } from '../support/package-documents.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { balanceOf, exportWallet, itemsOf } from '../support/tab-wallet.ts'
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

  beforeAll(async () => {
    server = await startServer({ LOREMESH_SEEDER: 'false' })
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
    expect(link?.remoteAddress).toContain('/webrtc')
  })

  it('pay exactly two tokens per KB, each passage rounded up to a millionth of a token', async () => {
    const [paid] = await exportWallet(ben)
    expect(paid?.kind).toBe('pay')
    expect(paid?.purchases[0]?.receipt.payee).toBe(annaId)
    const items = itemsOf(paid)
    expect(items.length).toBeGreaterThan(0)
    for (const { sizeBytes, priceMicroTokens } of items) {
      expect(BigInt(priceMicroTokens)).toBe((BigInt(sizeBytes) * 2_000_000n + 1023n) / 1024n)
    }
    const price = items.reduce((sum, item) => sum + BigInt(item.priceMicroTokens), 0n)
    expect(BigInt(paid?.changeMicroTokens ?? 0)).toBe(-price)
    expect(balanceOf(await exportWallet(ben))).toBe(STARTER_GRANT - price)
  })

  it('lose and gain the same, and the ledger adds up', async () => {
    await anna.untilEntry(/Earned with/)
    const [annas, bens] = [balanceOf(await exportWallet(anna)), balanceOf(await exportWallet(ben))]
    const stats = await readLedgerStats(server)
    expect(stats).toMatchObject({ accounts: 2, pending: 0n, conserved: true })
    expect(annas + bens).toBe(2n * STARTER_GRANT)
    expect(stats.balances + stats.credits).toBe(stats.minted)
    expect(annas).toBeGreaterThan(STARTER_GRANT)
  })

  it('pay nothing for the same question again', async () => {
    const before = balanceOf(await exportWallet(ben))
    const again = await ben.ask(question)
    expect(again.map((result) => result.title).sort()).toEqual(results.map((result) => result.title).sort())
    expect(again.every((result) => result.text.includes('from you'))).toBe(true)
    expect(balanceOf(await exportWallet(ben))).toBe(before)
  })

  it('never let a private document out', async () => {
    const secret = 'The vault of the lighthouse opens with quartz and marmalade.'
    await anna.addText('lighthouse.md', `# Lighthouse\n\n${secret}\n`)
    await anna.page.getByRole('switch', { name: 'Share Lighthouse' }).waitFor()
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
