import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toPrintable } from '../../src/domain/content/printable.ts'
import { normalizeTags } from '../../src/domain/content/tags.ts'
import { dropFiles } from '../support/drop-files.ts'
import { BATCHES, describedAs, startHostileSharer, textsOf } from '../support/hostile-sharer.ts'
import { hostileTexts } from '../support/hostile-text.ts'
import { sendAnswer, SERVED_WIRES, startModelServer, type ModelServer } from '../support/model-server.ts'
import type { NodePeer } from '../support/node-peer.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { startBrowser, type Tab, type TestBrowser } from '../support/tabs.ts'
import { watchInjections, type Injections } from '../support/watch-injection.ts'

const texts = hostileTexts('canary.invalid')
const fenced = (text: string): string => `\`\`\`\n${text}\n\`\`\`\n`
const everything = texts.map((text) => `${text}\n\n${fenced(text)}`).join('\n')

/** Documents whose paths, titles and tags are hostile, files with such names that can't be read, and two full of all of it. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loremesh-hostile-'))
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  texts.forEach((text, n) => {
    write(
      `${text}.md`,
      `---\ntitle: ${text}\ntags:\n- ${text}\n---\n\nNumber ${n} of the hostile documents.\n`,
    )
    write(`${text}.pdf`, 'no PDF')
  })
  write('all.md', `# Everything hostile\n\n${everything}`)
  write('all.html', `<title>A hostile page</title><main><p>Words of the page</p>${texts.join('<p>')}</main>`)
  return folder
}

// Thirty texts in each field that others fill: title, tags, description, text, path, reason and answer. A description counts
// for ranking alone and is on no screen; peers have no names: `test/browser/ui/hostile-names.test.ts` shows ids instead.
describe('texts that a browser could take for markup', () => {
  let server: TestServer
  let browser: TestBrowser
  let sharer: NodePeer
  let model: ModelServer
  let tab: Tab
  let folder: string
  let injections: Injections

  beforeAll(async () => {
    folder = makeFolder()
    server = await startServer({ LOREMESH_SEEDER: 'false' })
    model = await startModelServer((_request, response) =>
      sendAnswer(SERVED_WIRES.openai, ['As text [1]:\n\n', everything], response),
    )
    browser = await startBrowser()
    ;[sharer, tab] = await Promise.all([startHostileSharer(server, texts), browser.openTab(server.url)])
    injections = await watchInjections(tab.context, tab.page, [server.url, model.origin])
    await tab.page.reload()
    await tab.untilReady()
  })

  afterAll(async () => {
    await browser.close()
    await sharer.close()
    await model.close()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  const wordsOf = (selector: string) => tab.page.locator(selector).allTextContents()

  it('are shown as they are in path, title and tags of documents, and beside the reason why a file failed', async () => {
    await tab.goTo('Library')
    await dropFiles(tab, folder)
    await tab.page.getByText(`${texts.length + 2} files added, ${texts.length} failed`).waitFor()
    const rows = await wordsOf('[aria-label=Documents] li .about')
    const failures = await wordsOf('[aria-label="Added files"] li.failed')
    for (const text of texts) {
      const path = join(basename(folder), text)
      const row = rows.find((words) => words.includes(`${path}.md`)) ?? ''
      expect(row).toContain(toPrintable(text, 200))
      expect(row).toContain(normalizeTags([text])[0])
      expect(failures).toContainEqual(expect.stringMatching(/The file is broken/))
      expect(failures.some((words) => words.includes(`${path}.pdf`))).toBe(true)
    }
  })

  it('are shown as they are in the text of documents', async () => {
    await tab.page.getByRole('link', { name: 'Everything hostile' }).click()
    await tab.page.getByRole('region', { name: 'Context 1', exact: true }).waitFor()
    const code = (await wordsOf('[aria-label=Contexts] pre')).join('\n')
    for (const text of texts) expect(code).toContain(text)
    await tab.page.goBack()
    await tab.page.getByRole('link', { name: 'A hostile page' }).click()
    await tab.page.getByText('Words of the page').waitFor()
  })

  it('are shown as they are in title, heading path and text of what a peer sells', async () => {
    await tab.goTo('Ask')
    await tab.page.getByRole('radio', { name: 'Network' }).click()
    for (const batch of BATCHES) {
      const wanted = textsOf(batch, texts)
      await tab.ask(`Which ${batch} zebra notes are there?`)
      const titles = await wordsOf('[aria-label=Results] article h3')
      expect(titles.toSorted()).toEqual(wanted.map(describedAs).toSorted())
      const paths = await wordsOf('[aria-label=Results] article .path')
      const code = await wordsOf('[aria-label=Results] article pre')
      for (const text of wanted) {
        expect(paths).toContainEqual(expect.stringContaining(describedAs(text)))
        expect(code.some((words) => words.includes(text))).toBe(true)
      }
    }
  })

  it('are shown as they are in a written answer, and in the reason of a server that writes none', async () => {
    const press = (name: string) => tab.page.getByRole('button', { name }).first().click()
    await press('Language model')
    await tab.page.getByRole('combobox', { name: 'Provider' }).selectOption('openai')
    await tab.page.getByLabel('Address').fill(`${model.origin}/v1`)
    await tab.page.getByLabel('Model', { exact: true }).fill('tiny')
    await press('Done')
    await press('Write an answer')
    await tab.page.getByRole('button', { name: 'Write it again' }).waitFor()
    const code = await wordsOf('[aria-label="Written answer"] pre')
    expect(code).toEqual(texts)

    const reason = texts.slice(0, 5).join(' ')
    model.respond = (_request, response) =>
      response.writeHead(400).end(JSON.stringify({ error: { message: reason } }))
    await press('Write it again')
    await tab.page.getByRole('alert').filter({ hasText: reason }).waitFor()
  })

  it('are shown as they are in the reasons why something was left out', async () => {
    for (const batch of BATCHES) {
      await tab.ask(`Which ${batch} zebra notes are lost?`)
      const troubles = tab.page.getByRole('list', { name: 'What did not work' })
      await troubles.getByText(/^Show all/).click()
      const reasons = await troubles.locator('li li').allTextContents()
      for (const text of textsOf(batch, texts)) {
        expect(reasons).toContainEqual(expect.stringContaining(`“${describedAs(text)}” was left out`))
      }
    }
  })

  it('are shown as they are in the filter by tags, and in the wallet', async () => {
    await tab.page.getByRole('button', { name: 'Filter by tags' }).click()
    const tags = (await wordsOf('label:has(input[type=checkbox])')).map((label) => label.trim())
    for (const text of texts) expect(tags).toContain(normalizeTags([text])[0])
    await tab.page.keyboard.press('Escape')
    await tab.goTo('Wallet')
    await tab.page.getByRole('table', { name: 'Entries' }).getByRole('button').first().click()
    await tab.goTo('Network')
    await tab.page.getByRole('table', { name: 'Links' }).waitFor()
  })

  it('have run nothing, loaded nothing, made no element and led nowhere', async () => {
    expect(await injections.inPage()).toEqual([])
    expect(injections.requests).toEqual([])
    expect(injections.departures).toEqual([])
    expect(tab.errors.filter((error) => !error.includes('status of 400'))).toEqual([])
  })

  it('would have been noticed otherwise', async () => {
    await tab.page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<img src=x alt>'))
    await expect.poll(injections.inPage).toContainEqual(expect.stringContaining('element <img'))
  })
})
