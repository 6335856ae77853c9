import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendAnswer, SERVED_WIRES, startModelServer, type ModelServer } from '../support/model-server.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'

const KEY = 'sk-of-the-user'
const wire = SERVED_WIRES.openai

describe('a conversation with a server that speaks like OpenAI', () => {
  let server: TestServer
  let browser: TestBrowser
  let tab: Tab
  let provider: ModelServer

  beforeAll(async () => {
    provider = await startModelServer((_request, response) =>
      sendAnswer(wire, ['A KB costs ', '2 tokens [1].'], response),
    )
    server = await startServer()
    browser = await startBrowser()
    tab = await browser.openTab(server.url)
    await tab.page.getByRole('radio', { name: 'My library' }).click()
    await tab.ask('How is the price of a context computed?')
  })

  afterAll(async () => {
    await browser.close()
    await server.stop()
    await provider.close()
  })

  const press = (name: string | RegExp) => tab.page.getByRole('button', { name }).first().click()
  const written = () => tab.page.getByRole('region', { name: 'Written answer' })

  it('is set up, tested, and streamed with citations that lead to the passage', async () => {
    await press('Language model')
    await tab.page.getByRole('combobox', { name: 'Provider' }).selectOption('openai')
    await tab.page.getByLabel('Address').fill(`${provider.origin}/v1`)
    await tab.page.getByLabel('Model', { exact: true }).fill('tiny')
    await tab.page.getByLabel('Key').fill(KEY)
    await press('Test')
    await tab.page.getByText('It answers: “A KB costs 2 tokens [1].”').waitFor()
    await press('Done')

    await press('Write an answer')
    await written().getByText('A KB costs 2 tokens').waitFor()
    await written()
      .getByRole('button', { name: /^\[1\]/ })
      .click()
    expect(await tab.page.evaluate(() => document.activeElement?.tagName)).toBe('ARTICLE')

    const request = provider.requests.at(-1)
    expect(request?.path).toBe('/v1/chat/completions')
    expect(request?.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(request?.headers.cookie ?? request?.headers.referer).toBeUndefined()
    expect(JSON.stringify(request?.body)).toContain('Question: How is the price of a context computed?')
    expect(JSON.stringify(request?.body)).toContain('ceil(bytes * 2000000 / 1024)')
  })

  it('stops at once, keeps what came, and ends the request', async () => {
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': wire.contentType })
      response.write(wire.piece('It is computed by'))
    }
    await press('Write it again')
    await written().getByText('It is computed by').waitFor()
    await press('Stop writing')
    await provider.whenAbandoned
    await tab.page.getByRole('button', { name: 'Write it again' }).waitFor()
    expect(await written().textContent()).toContain('It is computed by')
  })

  it.each([
    [401, /does not accept the key.*Check the key/],
    [429, /no more requests now.*Try again in 7 seconds/],
    [500, /failed with status 500.*Try again/],
  ])('explains status %i', async (status, explanation) => {
    provider.respond = (_request, response) => {
      response.writeHead(status, { 'retry-after': '7' }).end()
    }
    await press(/^Write (?:an answer|it again)$/)
    await tab.page.getByRole('alert').filter({ hasText: explanation }).waitFor()
  })

  it('gives the prompt with passages and question to be pasted elsewhere, without the key', async () => {
    await press('Copy as prompt')
    const prompt = await tab.page.evaluate(() => navigator.clipboard.readText())
    expect(prompt).toMatch(/<passage-[0-9a-f]{12} n="1" title=/)
    expect(prompt).toContain('Question: How is the price of a context computed?')
    expect(prompt).not.toContain(KEY)
  })

  it('reports no error but the refusals', () => {
    expect(tab.errors.filter((error) => !/status of (?:401|429|500)/.test(error))).toEqual([])
  })
})
