import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProfile, type Profile } from '../support/profile.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { amountsOf, exportWallet } from '../support/tab-wallet.ts'
import type { Tab } from '../support/tabs.ts'

const HANDOVER_MS = 3_000

describe('two tabs of one profile', () => {
  let server: TestServer
  let profile: Profile
  let first: Tab
  let second: Tab
  let before: Possessions

  interface Possessions {
    readonly peerId: string
    readonly documents: readonly string[]
    readonly amounts: readonly string[]
  }

  beforeAll(async () => {
    server = await startServer()
    profile = await startProfile()
    first = await profile.openTab(server.url)
    await first.untilReady()
  })

  afterAll(async () => {
    await profile.close()
    await server.stop()
  })

  async function possessions(tab: Tab): Promise<Possessions> {
    const { peerId } = await tab.diagnostics()
    await tab.goTo('Library')
    const titles = tab.page.getByRole('list', { name: 'Documents' }).getByRole('link')
    await titles.first().waitFor()
    const documents = await titles.allTextContents()
    return { peerId, documents, amounts: amountsOf(await exportWallet(tab)) }
  }

  /** The tab has everything that was there before. What the provider has not claimed may have come back meanwhile. */
  async function expectEverything(tab: Tab): Promise<void> {
    const { peerId, documents, amounts } = await possessions(tab)
    expect({ peerId, documents }).toEqual({ peerId: before.peerId, documents: before.documents })
    expect(amounts.slice(-before.amounts.length)).toEqual(before.amounts)
  }

  /** Waits until the tab shows what one does that does not lead. */
  async function untilFollowing(tab: Tab): Promise<void> {
    await tab.page.getByRole('heading', { name: 'Loremesh is running in another tab' }).waitFor()
    await tab.untilStatus(/Running in another tab/)
  }

  /** Waits until the tab leads. */
  async function untilLeading(tab: Tab): Promise<void> {
    await tab.page.getByRole('heading', { level: 1, name: /^(Ask|Library|Network|Wallet)/ }).waitFor()
  }

  /** Takes the lead to a tab and waits until it has it. */
  async function lead(tab: Tab): Promise<void> {
    await tab.page.bringToFront()
    await tab.page.getByRole('button', { name: 'Use here' }).click()
    await untilLeading(tab)
  }

  it('have one that leads, and the second says so', async () => {
    await first.addText('lighthouse.md', 'Lighthouse', 'The lamp of the lighthouse burns whale oil.')
    await first.untilStatus(/direct/)
    await first.ask('How do certificates stop double spending?')
    before = await possessions(first)
    expect(before.documents).toEqual(['Lighthouse'])
    expect(before.amounts[0]).toContain('reserve')
    second = await profile.openTab(server.url)
    await untilFollowing(second)
    await first.page.bringToFront()
    await expectEverything(first)
  })

  it('change the lead with “Use here”, and everything is the same there', async () => {
    await lead(second)
    await untilFollowing(first)
    await expectEverything(second)
  })

  it('change it back as easily', async () => {
    await lead(first)
    await untilFollowing(second)
    await expectEverything(first)
  })

  it('hand over within three seconds when the leading tab is closed', async () => {
    const closedAtMs = performance.now()
    await first.page.close()
    await untilLeading(second)
    expect(performance.now() - closedAtMs).toBeLessThan(HANDOVER_MS)
    await expectEverything(second)
    await second.untilStatus(/direct/)
  })

  it('pay nothing for the same question, whichever tab leads', async () => {
    const results = await second.ask('How do certificates stop double spending?')
    expect(results.every((result) => /from you|, cached/.test(result.text))).toBe(true)
    const bought = (await exportWallet(second)).filter(({ kind }) => kind === 'reserve')
    expect(bought).toHaveLength(1)
  })

  it('report no error', () => {
    expect([...first.errors, ...second.errors]).toEqual([])
  })
})
