import axe from 'axe-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { LanguageModel } from '../../../src/ports/language-model.ts'
import type { Shell } from '../../../src/ui/shell.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

const button = (name: string) => page.getByRole('button', { name, exact: true })
const panel = page.getByRole('region', { name: 'Short answer' })
const written = page.getByRole('region', { name: 'Written answer' })

/** Asks the sample question; the answer is written by `model` when one is given. */
async function ask(model?: LanguageModel): Promise<Shell> {
  const peer = createSamplePeer(model === undefined ? {} : { model })
  const shell = showApp({ kind: 'ready', peer }, '#/ask', { networkConsent: true })
  shell.languageModel.choose({
    provider: 'ollama',
    endpoint: 'http://localhost:11434',
    model: 'tiny',
    apiKey: '',
  })
  await page.getByRole('textbox', { name: 'Ask a question' }).fill('How often should a restore be tested?')
  await button('Ask').click()
  await expect.element(panel).toBeVisible()
  return shell
}

/** Writes these pieces, then waits until it is stopped, or fails. */
function modelOf(pieces: readonly string[], failure?: LoremeshError): LanguageModel {
  return {
    async *stream(_messages, signal) {
      yield* pieces
      if (failure !== undefined) throw failure
      await new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new LoremeshError('aborted', 'Stopped')))
      })
    },
  }
}

describe('an answer', () => {
  it('is quoted at once, and its citation goes to the passage', async () => {
    await ask()
    await expect.element(panel.getByRole('list', { name: 'Quotes' })).toMatchTextContent(/Once a week/)
    await panel.getByRole('button', { name: /^\[3\]/ }).click()
    const card = page.getByRole('list', { name: 'Results' }).getByRole('article').nth(2)
    await expect.element(card).toHaveFocus()
    const marked = [...card.element().querySelectorAll('mark')].map((mark) => mark.textContent)
    expect(marked.join('')).toMatch(/Once a week the newest one is restored/)
  })

  it('is written by the language model when it is asked to, with citations of nothing marked', async () => {
    await ask()
    await button('Write an answer').click()
    await expect.element(written).toMatchTextContent(/cites passages that it was not given: \[7\]/)
    await expect.element(written.getByRole('button', { name: /^\[2\]/ })).toBeVisible()
    expect(written.element().querySelector('strong')?.textContent).toBe('every week')
    const { violations } = await axe.run(document, { resultTypes: ['violations'] })
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
  })

  it('keeps what came when it is stopped', async () => {
    await ask(modelOf(['Half of it [1]']))
    await button('Write an answer').click()
    await expect.element(written).toMatchTextContent(/Half of it/)
    await button('Stop writing').click()
    await expect.element(button('Write it again')).toBeVisible()
    await expect.element(written).toMatchTextContent(/Half of it/)
  })

  it('says why no answer was written', async () => {
    await ask(
      modelOf([], new LoremeshError('unauthorized', 'api.example does not accept the key', 'Check the key')),
    )
    await button('Write an answer').click()
    await expect
      .element(page.getByRole('alert'))
      .toMatchTextContent(/does not accept the key. Check the key./)
  })

  it('never takes what a model writes for markup', async () => {
    await ask(modelOf(['<img src=x onerror="document.title=1"><script>1</script> [x](javascript:1) [1]']))
    await button('Write an answer').click()
    await expect.element(written).toMatchTextContent(/<script>1<\/script> \[x\]\(javascript:1\)/)
    expect(written.element().querySelector('img, script, a')).toBeNull()
  })
})

describe('the choice of a language model', () => {
  it('is offered under More, too', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/more')
    await page.getByRole('button', { name: /^Language model/ }).click()
    await expect.element(page.getByRole('dialog', { name: 'Language model' })).toBeVisible()
  })

  it('is kept, tells whether the model answers, and forgets a key with its provider', async () => {
    const { languageModel } = await ask()
    await button('Language model').click()
    const dialog = page.getByRole('dialog', { name: 'Language model' })
    await dialog.getByRole('combobox', { name: 'Provider' }).selectOptions('anthropic')
    await dialog.getByRole('textbox', { name: 'Model' }).fill('small')
    await dialog.getByLabelText('Key').fill('secret')
    await dialog.getByRole('button', { name: 'Test' }).click()
    await expect.element(dialog.getByRole('status')).toMatchTextContent(/It answers/)
    expect(languageModel.get()).toEqual({
      provider: 'anthropic',
      endpoint: 'https://api.anthropic.com/v1',
      model: 'small',
      apiKey: 'secret',
    })
    const { violations } = await axe.run(document, { resultTypes: ['violations'] })
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
    await dialog.getByRole('combobox', { name: 'Provider' }).selectOptions('openai')
    expect(languageModel.get()).toMatchObject({ provider: 'openai', apiKey: '' })
  })
})
