import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProfile, type Profile } from '../support/profile.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import type { Tab } from '../support/tabs.ts'

const dist = resolve(import.meta.dirname, '../../dist')
const CLOSING = 'closing'
const CHANGED_OVER = 'changed over'

describe('a new version', () => {
  let folder: string
  let server: TestServer
  let profile: Profile
  let leading: Tab
  let waiting: Tab
  /** What happened in each tab since the new version was there, in order. */
  const events = new Map<Tab, string[]>()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'loremesh-dist-'))
    cpSync(dist, folder, { recursive: true })
    server = await startServer({ LOREMESH_DIST_DIR: folder, LOREMESH_SEEDER: 'false' })
    profile = await startProfile()
    leading = await profile.openTab(server.url)
    await leading.untilReady()
    await leading.page.evaluate(() => navigator.serviceWorker.ready)
    await leading.untilStatus(/Relay only/)
    waiting = await profile.openTab(server.url)
    await waiting.untilStatus(/Running in another tab/)
    for (const tab of [leading, waiting]) watch(tab)
  })

  afterAll(async () => {
    await profile.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function watch(tab: Tab): void {
    const seen: string[] = []
    events.set(tab, seen)
    tab.page.on('domcontentloaded', () => seen.push('loaded'))
    tab.page.on('console', (message) => {
      if ([CLOSING, CHANGED_OVER].includes(message.text())) seen.push(message.text())
    })
  }

  /** Lets a tab tell when its peer hangs up and when the new version takes over, in the order of its own doing. */
  async function tellOrder(tab: Tab): Promise<void> {
    await tab.page.evaluate(
      ([closing, changedOver]) => {
        const { value: close } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'close') as {
          value: WebSocket['close']
        }
        WebSocket.prototype.close = function (...parameters) {
          console.info(closing)
          close.apply(this, parameters)
        }
        navigator.serviceWorker.addEventListener('controllerchange', () => console.info(changedOver))
      },
      [CLOSING, CHANGED_OVER] as const,
    )
  }

  /** Puts a build in the place of the present one whose scripts all have other names, as they have after any change. */
  function deployNext(): void {
    const scripts = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'))
    const renamed = (text: string) =>
      scripts.reduce((all, name) => all.replaceAll(name, name.replace(/\.js$/, 'N.js')), text)
    for (const name of scripts) {
      const path = join(folder, 'assets', name)
      writeFileSync(renamed(path), renamed(readFileSync(path, 'utf8')))
      rmSync(path)
    }
    for (const name of ['index.html', 'service-worker.js']) {
      const path = join(folder, name)
      const text = renamed(readFileSync(path, 'utf8'))
      writeFileSync(path, text.replace(/"[0-9a-f]{32}"(?=,"url":"index\.html")/, `"${'0'.repeat(32)}"`))
    }
  }

  const isNext = (tab: Tab) =>
    tab.page.evaluate(() =>
      document.querySelector('script[type=module]')?.getAttribute('src')?.endsWith('N.js'),
    )

  const reloadButton = (tab: Tab) => tab.page.getByRole('button', { name: 'Reload' })

  it('is offered, and nothing reloads by itself', async () => {
    deployNext()
    await leading.page.bringToFront()
    await leading.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update())
    await reloadButton(leading).waitFor()
    expect(await leading.page.getByText('A new version of Loremesh is ready').isVisible()).toBe(true)
    expect([...events.values()]).toEqual([[], []])
  })

  it('leaves the present one whole: another tab can still take the lead with it', async () => {
    await waiting.page.bringToFront()
    await waiting.page.getByRole('button', { name: 'Use here' }).click()
    await waiting.untilReady()
    await reloadButton(waiting).waitFor()
    await leading.untilStatus(/Running in another tab/)
    expect([...events.values()]).toEqual([[], []])
    expect([await isNext(leading), await isNext(waiting)]).toEqual([false, false])
  })

  it('comes after “Reload”: the peer is closed first, and every tab loads the new one once', async () => {
    await waiting.untilStatus(/Relay only/)
    await tellOrder(waiting)
    await reloadButton(waiting).click()
    for (const tab of [leading, waiting]) await expect.poll(() => isNext(tab), { timeout: 20_000 }).toBe(true)
    for (const tab of [leading, waiting]) await tab.untilStatus(/Relay only|Running in another tab/)
    expect(events.get(waiting)).toEqual([CLOSING, CHANGED_OVER, 'loaded'])
    expect(events.get(leading)).toEqual(['loaded'])
    expect(await reloadButton(waiting).count()).toBe(0)
  })
})
