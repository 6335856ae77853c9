import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPackageDocuments } from '../support/package-documents.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

const DOCUMENTS = 20

interface View {
  readonly name: string
  /** Brings the view to the front from wherever the app is. */
  open(tab: Tab): Promise<unknown>
  /** Takes away what would cover the next view. */
  leave?(tab: Tab): Promise<unknown>
}

const press = (name: string | RegExp) => (tab: Tab) => tab.page.getByRole('button', { name }).first().click()
const escape = (tab: Tab) => tab.page.keyboard.press('Escape')

const views: readonly View[] = [
  { name: 'an answer', open: (tab) => tab.goTo('Ask') },
  { name: 'the explained numbers', open: press('Explain these numbers'), leave: escape },
  { name: 'the settings', open: press('Settings'), leave: escape },
  { name: 'the library', open: (tab) => tab.goTo('Library') },
  {
    name: 'the share dialog',
    async open(tab) {
      await press('Share all documents')(tab)
      await tab.page.getByText('Text that leaves').waitFor()
    },
    leave: escape,
  },
  {
    name: 'a document',
    async open(tab) {
      await tab.page.getByRole('list', { name: 'Documents' }).getByRole('link').first().click()
      await tab.page.getByRole('region', { name: 'Context 1', exact: true }).waitFor()
    },
  },
  {
    name: 'the network with an open link',
    async open(tab) {
      await tab.goTo('Network')
      await tab.page
        .getByRole('table', { name: 'Links' })
        .getByRole('button', { expanded: false })
        .first()
        .click()
    },
  },
  {
    name: 'the wallet with an open entry',
    async open(tab) {
      await tab.goTo('Wallet')
      await tab.page.getByRole('table', { name: 'Entries' }).getByRole('button').first().click()
    },
  },
]

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

describe('the screens with real documents, answers and payments', () => {
  let server: TestServer
  let browser: TestBrowser
  let tab: Tab

  beforeAll(async () => {
    server = await startServer()
    browser = await startBrowser()
    tab = await browser.openTab(server.url)
    await tab.page.emulateMedia({ reducedMotion: 'reduce' })
    await tab.addDocuments(listPackageDocuments(DOCUMENTS))
    await tab.page
      .getByRole('switch', { name: /^Share / })
      .nth(DOCUMENTS - 1)
      .waitFor()
    await tab.untilStatus(/direct/)
    await tab.ask('How do certificates stop double spending, and which options does the parser take?')
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it.each(Object.entries(sizes))(
    'have no serious accessibility violation and fit the width on a %s',
    async (_device, size) => {
      await tab.page.setViewportSize(size)
      for (const { name, open, leave } of views) {
        await open(tab)
        const { violations } = await new AxeBuilder({ page: tab.page }).analyze()
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        expect(
          serious.map(({ id, nodes }) => [name, id, nodes.map(({ html }) => html)]),
          name,
        ).toEqual([])
        const width = await tab.page.evaluate(() => document.documentElement.scrollWidth)
        expect(width, `${name} is ${width} px wide`).toBeLessThanOrEqual(size.width)
        await leave?.(tab)
      }
    },
  )

  it('report no error', () => {
    expect(tab.errors).toEqual([])
  })
})
