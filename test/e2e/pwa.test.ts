import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProfile, type Profile } from '../support/profile.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { exportWallet, type ExportedEntry } from '../support/tab-wallet.ts'
import type { Tab } from '../support/tabs.ts'

type Lasting = Omit<ExportedEntry, 'state'> & { readonly isPending: boolean }

/** The rest of a reserve comes back once the seller has claimed, near the end of the payment window. */
const SETTLED_TIMEOUT_MS = 60_000
const question = 'How do certificates stop double spending?'
const apiAddresses = [
  '/announce',
  '/scrape',
  '/peers',
  `/context/sha256:${'0'.repeat(64)}`,
  '/stats.json',
  '/healthz',
  '/.well-known/loremesh.json',
]

describe('the app in a browser', () => {
  let server: TestServer
  let profile: Profile
  let tab: Tab
  let peerId: string
  let settled: readonly Lasting[]

  beforeAll(async () => {
    // A short window, so that what was bought is claimed, and the rest of the reserve comes back, within seconds.
    server = await startServer({ LOREMESH_PAYMENT_WINDOW_SECONDS: '40' })
    profile = await startProfile()
    tab = await profile.openTab(server.url)
    await tab.untilReady()
    await tab.untilStatus(/direct/)
  })

  afterAll(async () => {
    await profile.close()
    await server.stop()
  })

  /** The documents of the library, by their switches. */
  const documents = async (): Promise<readonly (string | null)[]> => {
    await tab.goTo('Library')
    const switches = tab.page.getByRole('switch', { name: /^Share / })
    await switches.first().waitFor()
    return Promise.all((await switches.all()).map((one) => one.getAttribute('aria-label')))
  }

  /** Everything that the wallet exports but whether a checkpoint has it, which the authorities know. */
  const lastingWallet = async (): Promise<readonly Lasting[]> =>
    (await exportWallet(tab)).map(({ state, ...entry }) => ({ ...entry, isPending: state === 'pending' }))

  /** The same, once the seller has its due and the rest is back: nothing becomes of any entry afterwards. */
  const settledWallet = async (): Promise<readonly Lasting[]> => {
    let entries: readonly Lasting[] = []
    const outcomes = async () => {
      entries = await lastingWallet()
      return entries.map(({ kind, phase, isPending }) => [kind, phase, isPending])
    }
    await expect.poll(outcomes, { timeout: SETTLED_TIMEOUT_MS, interval: 1000 }).toEqual([
      ['release', null, false],
      ['reserve', 'returned', false],
      ['collect', null, false],
      ['open', null, false],
    ])
    return entries
  }

  it('can be installed, and its icons are what the manifest says', async () => {
    const session = await profile.context.newCDPSession(tab.page)
    const manifest = await session.send('Page.getAppManifest')
    expect(manifest.errors).toEqual([])
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    expect(installabilityErrors).toEqual([])
    const { icons } = JSON.parse(manifest.data ?? '') as { icons: { src: string; sizes: string }[] }
    expect(icons.length).toBeGreaterThan(3)
    for (const { src, sizes } of icons) {
      const width = await tab.page.evaluate(async (address) => {
        const image = new Image()
        image.src = address
        await image.decode()
        return image.naturalWidth
      }, src)
      if (sizes !== 'any') expect(`${width}x${width}`).toBe(sizes)
    }
  })

  it('keeps only its own files for offline use, and lets the server answer for itself', async () => {
    await tab.page.evaluate(() => navigator.serviceWorker.ready)
    await expect.poll(() => tab.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
    for (const address of apiAddresses) {
      const answered = tab.page.waitForResponse((response) => new URL(response.url()).pathname === address)
      await tab.page.evaluate((path) => fetch(path).then((response) => response.text()), address)
      expect((await answered).fromServiceWorker()).toBe(false)
    }
    const kept = await tab.page.evaluate(async () => {
      const caches = await Promise.all(
        (await globalThis.caches.keys()).map((name) => globalThis.caches.open(name)),
      )
      const requests = await Promise.all(caches.map((cache) => cache.keys()))
      return requests.flat().map((request) => new URL(request.url).pathname)
    })
    expect(kept).toContain('/index.html')
    expect(
      kept.filter(
        (path) =>
          !/^\/(index\.html|icon\.svg|icons\/[\w-]+\.png|assets\/[\w.-]+|manifest\.webmanifest)$/.test(path),
      ),
    ).toEqual([])
  })

  it('keeps identity, documents and wallet over a reload and over the end of the browser', async () => {
    await tab.addText('lighthouse.md', 'Lighthouse', 'The lamp of the lighthouse burns whale oil.')
    expect(await documents()).toEqual(['Share Lighthouse'])
    const results = await tab.ask(question)
    expect(results.some((result) => /from (?!you)\w{6}/.test(result.text))).toBe(true)
    peerId = (await tab.diagnostics()).peerId
    settled = await settledWallet()

    await tab.goTo('Ask')
    await tab.page.reload()
    await tab.untilReady()
    expect((await tab.diagnostics()).peerId).toBe(peerId)
    expect(await documents()).toEqual(['Share Lighthouse'])
    expect(await lastingWallet()).toEqual(settled)

    await profile.restart()
    tab = await profile.openTab(server.url)
    await tab.untilReady()
    expect((await tab.diagnostics()).peerId).toBe(peerId)
    expect(await documents()).toEqual(['Share Lighthouse'])
    expect(await lastingWallet()).toEqual(settled)
  })

  it('answers the same question from what was bought, without paying again', async () => {
    await tab.untilStatus(/direct/)
    const results = await tab.ask(question)
    expect(results.length).toBeGreaterThan(0)
    expect(results.every((result) => /from you|, cached/.test(result.text))).toBe(true)
    expect(await lastingWallet()).toEqual(settled)
  })

  it('opens without the server, says so, and answers from what it has', async () => {
    await server.pause()
    await tab.goTo('Ask')
    await tab.page.reload()
    await tab.untilReady()
    await tab.untilStatus(/Offline \(works locally\)/)
    const stats = () =>
      fetch('/stats.json').then(
        () => 'answered',
        () => 'unreachable',
      )
    expect(await tab.page.evaluate(stats)).toBe('unreachable')
    await tab.page.getByRole('radio', { name: 'My library' }).click()
    const [guide] = await tab.ask('Does Loremesh work offline?')
    expect(guide?.text).toContain('My library')
    const [own] = await tab.ask('What does the lamp of the lighthouse burn?')
    expect(own?.text).toContain('whale oil')
    expect(await documents()).toEqual(['Share Lighthouse'])
    expect(await lastingWallet()).toEqual(settled)
  })

  it('joins again by itself when the server is back', async () => {
    await server.resume()
    await tab.untilStatus(/Connected, \d+ peers? \(\d+ direct\)/)
    expect((await tab.diagnostics()).peerId).toBe(peerId)
  })
})
