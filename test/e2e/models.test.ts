import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useLite } from '../../src/adapters/embedding-transformers/use-lite.ts'
import { buildUseLite } from '../../tools/build-use-lite.ts'
import { startProfile, type Profile } from '../support/profile.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import type { Tab } from '../support/tabs.ts'
import { startTestHub, type TestHub } from '../support/test-hub.ts'

const OWN = 'Universal Sentence Encoder Lite'
const HUB_MODEL = 'someone/small-model'
const HUB = 'https://huggingface.co/'
const MODEL_TIMEOUT_MS = 90_000

describe('models in the app, under its security policy', () => {
  let server: TestServer
  let hub: TestHub
  let profile: Profile
  let tab: Tab
  const foreign = new Set<string>()

  beforeAll(async () => {
    server = await startServer()
    const folder = buildUseLite()
    hub = await startTestHub(
      HUB_MODEL,
      new Map(useLite.files.map(({ path }) => [path, readFileSync(join(folder, path))])),
    )
    profile = await startProfile()
    profile.context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url())
      if (/^https?:$/.test(protocol) && origin !== new URL(server.url).origin) foreign.add(origin)
    })
    // The tab asks the hub at its real address; the hub on loopback answers.
    await profile.context.route(`${HUB}**`, async (route) => {
      const response = await route.fetch({ url: route.request().url().replace(HUB, hub.url) })
      await route.fulfill({ response })
    })
    tab = await profile.openTab(server.url)
    await tab.untilReady()
    await tab.page.evaluate(() => navigator.serviceWorker.ready)
  })

  afterAll(async () => {
    await profile.close()
    await hub.stop()
    await server.stop()
  })

  const card = (name: string) => tab.page.getByRole('article', { name })
  const press = (name: string) => tab.page.getByRole('button', { name, exact: true }).click()
  const until = (name: string, state: string) =>
    card(name).getByRole('status').filter({ hasText: state }).waitFor({ timeout: MODEL_TIMEOUT_MS })
  const openModels = async () => {
    await tab.page.getByRole('link', { name: 'More', exact: true }).click()
    await tab.page.getByRole('link', { name: /^Models/ }).click()
  }

  it('come from nobody until the user wants one', async () => {
    await openModels()
    await until('Built-in word vectors', 'Active')
    await until(OWN, 'Not downloaded')
    expect([...foreign]).toEqual([])
    expect(hub.requests).toEqual([])
  })

  it('of the app itself embed the library and serve, and ask no other server', async () => {
    await press(`Download ${OWN}`)
    await until(OWN, 'Ready')
    await press(`Use ${OWN}`)
    await until(OWN, 'Active')
    await expect.poll(() => card(OWN).textContent()).toContain('computed with WebAssembly')
    expect([...foreign]).toEqual([])
    const [result] = await tab.ask('Does Loremesh work offline?')
    expect(result?.text).toContain('from you')
  })

  it('of the hub come when they are asked for, and work without any network afterwards', async () => {
    await openModels()
    await tab.page.getByRole('textbox', { name: 'Id of the model' }).fill(HUB_MODEL)
    await press('Download from the hub')
    await until(HUB_MODEL, 'Ready')
    expect([...foreign]).toEqual([new URL(HUB).origin])
    await press(`Use ${HUB_MODEL}`)
    await until(HUB_MODEL, 'Active')

    const asked = hub.requests.length
    await server.pause()
    await tab.goTo('Ask')
    await tab.page.reload()
    await tab.untilReady()
    await openModels()
    await until(HUB_MODEL, 'Active')
    expect(hub.requests).toHaveLength(asked)
    await server.resume()
  })

  it('are not used any more when the user stops them, and the built-in vectors go on', async () => {
    await press(`Stop using ${HUB_MODEL}`)
    await until(HUB_MODEL, 'Ready')
    await until('Built-in word vectors', 'Always active')
    await press(`Remove download of ${HUB_MODEL}`)
    await card(HUB_MODEL).waitFor({ state: 'detached' })
  })
})
