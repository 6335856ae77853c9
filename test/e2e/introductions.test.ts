import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHeadless } from '../support/headless.ts'
import { freePort, startServer, type TestServer } from '../support/start-server.ts'
import { startStaticHost, type StaticHost } from '../support/static-host.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

const keeperFolder = mkdtempSync(join(tmpdir(), 'loremesh-keeper-'))
const folder = mkdtempSync(join(tmpdir(), 'loremesh-introductions-'))

/** A peer without a browser that listens, in a network whose server is killed. */
describe('while the server is dead', () => {
  let server: TestServer
  let host: StaticHost
  let keeper: ChildProcess
  let browser: TestBrowser
  let anna: Tab
  let ben: Tab
  let link: string

  beforeAll(async () => {
    writeFileSync(
      join(folder, 'bees.md'),
      '# Bees\n\nBees tell each other where food is with a waggle dance.\n',
    )
    writeFileSync(join(folder, 'tides.md'), '# Tides\n\nThe moon pulls the water of the sea.\n')
    server = await startServer({ LOREMESH_SEEDER: 'false' })
    host = await startStaticHost('dist')
    keeper = startHeadless([
      ...['--server', server.url, '--data', keeperFolder],
      ...['--listen', `127.0.0.1:${await freePort()}`, 'seed', folder],
    ])
    await untilServing(keeper)
    browser = await startBrowser()
    anna = await browser.openTab(server.url)
    await anna.untilStatus(/Connected, 1 peer/)
    const [bees] = await anna.ask('How do bees tell where food is?')
    expect(bees?.text).toContain('waggle dance')
    link = await invitationOf(anna, host)
    await anna.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await server.kill()
    await anna.untilStatus(/No server, 1 peer/)
  })

  afterAll(async () => {
    await browser.close()
    await host.close()
    await end(keeper)
    for (const used of [folder, keeperFolder]) rmSync(used, { recursive: true })
  })

  it('a tab that restarts goes back to a peer that it knew, and buys from it', async () => {
    await anna.page.goto(`${server.url}/#/ask`)
    await anna.page.reload()
    await anna.untilReady()
    await anna.untilStatus(/No server, 1 peer/)
    const [tides] = await anna.ask('What pulls the water of the sea?')
    expect(tides?.text).toContain('The moon')
  })

  it('a new tab joins through the link, and the peer introduces it to others', async () => {
    ben = await browser.openTab(link)
    await ben.untilStatus(/No server, 2 peers/)
    await anna.untilStatus(/No server, 2 peers/)
    const { peerId } = await anna.diagnostics()
    const known = (await ben.diagnostics()).links.find((one) => one.peerId === peerId)
    expect(known).toMatchObject({ kind: 'webrtc' })
  })
})

/** The link of an invitation that a tab makes, with another host in the place of the tab's own. */
async function invitationOf({ page, goTo }: Tab, host: StaticHost): Promise<string> {
  await goTo('Network')
  await page.getByRole('button', { name: 'Make an invitation' }).click()
  const text = await page.getByRole('textbox', { name: 'Link' }).inputValue()
  const { hash } = new URL(text)
  return `${host.url}/${hash}`
}

/** Resolves once a peer without a browser serves. */
function untilServing({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null) throw new Error('The process has no stderr')
  const lines = createInterface(stderr)
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.startsWith('Serving as')) resolve()
    })
    lines.once('close', () => reject(new Error('The peer never served')))
  })
}

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exited
}
