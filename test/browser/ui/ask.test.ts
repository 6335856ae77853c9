import { beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { shortPeerId } from '../../../src/domain/identity/account.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { samplePeerId } from '../../support/sample-peer-ids.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

const question = page.getByRole('textbox', { name: 'Ask a question', exact: true })
const askButton = page.getByRole('button', { name: 'Ask', exact: true })
const results = page.getByRole('list', { name: 'Results' }).getByRole('article')

describe('the first question to the network', () => {
  it('is answered from the own library at once, while consent is asked', async () => {
    const peer = createSamplePeer()
    showApp({ kind: 'ready', peer }, '#/ask')
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await expect.element(page.getByRole('dialog')).toMatchTextContent(/go to up to 16 peers/)
    await expect.element(page.getByRole('dialog')).toMatchTextContent(/tokens a question without asking/)
    expect(peer.asked.map(({ scope }) => scope)).toEqual(['library'])
  })

  it('goes out with the chosen limit after “Allow”, and consent is not asked again', async () => {
    const peer = createSamplePeer()
    const { settings } = showApp({ kind: 'ready', peer }, '#/ask')
    await question.fill('How often should a restore be tested?')
    await userEvent.keyboard('{Enter}')
    await page.getByRole('spinbutton', { name: 'Spend up to' }).fill('35')
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await expect
      .element(results.first())
      .toMatchTextContent(new RegExp(`from ${shortPeerId(samplePeerId(1))}`))
    expect(peer.asked.at(-1)).toMatchObject({ scope: 'both', maxTokenCost: parseTokens('35') })
    expect(settings.get()).toMatchObject({ networkConsent: true, maxTokensPerQuestion: 35 })
    await askButton.click()
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
  })

  it.each(['Allow', 'Only my library', 'Close'])('is kept once when the answer is “%s”', async (decision) => {
    const peer = createSamplePeer({ isNew: true })
    showApp({ kind: 'ready', peer }, '#/ask')
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await expect.element(results.first()).toBeInTheDocument()
    expect(await peer.questions.list()).toEqual([])
    await page.getByRole('button', { name: decision, exact: true }).click()
    await expect.element(page.getByRole('button', { name: 'Helpful', exact: true }).first()).toBeVisible()
    expect(await peer.questions.list()).toHaveLength(1)
  })

  it('stays at home after “Only my library”', async () => {
    const peer = createSamplePeer()
    const { settings } = showApp({ kind: 'ready', peer }, '#/ask', { scope: 'network' })
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    expect(peer.asked).toEqual([])
    await page.getByRole('button', { name: 'Only my library' }).click()
    await expect.element(results.first()).toMatchTextContent(/from you/)
    expect(peer.asked.map(({ scope }) => scope)).toEqual(['library'])
    expect(settings.get()).toMatchObject({ networkConsent: false, scope: 'library' })
  })
})

describe('closing the consent without a decision', () => {
  it('sends nothing and leaves the scope as it is', async () => {
    const peer = createSamplePeer()
    const { settings } = showApp({ kind: 'ready', peer }, '#/ask')
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await page.getByRole('button', { name: 'Close' }).click()
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
    expect(peer.asked.map(({ scope }) => scope)).toEqual(['library'])
    expect(settings.get()).toMatchObject({ networkConsent: false, scope: 'both' })
  })
})

describe('an answer', () => {
  it('names title, provider and price of each passage, and what it saved', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask', { networkConsent: true })
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await expect.element(results.first()).toMatchTextContent(/Restore drills/)
    await expect.element(results.first()).toMatchTextContent(/0\.68 tokens/)
    await expect.element(results.nth(1)).toMatchTextContent(/from you/)
    await expect.element(results.nth(2)).toMatchTextContent(/cached/)
    await expect.element(page.getByText(/fewer input tokens than the whole documents/)).toBeVisible()
    await expect
      .element(page.getByRole('list', { name: 'What did not work' }))
      .toMatchTextContent(/Raise the limit/)
  })

  it('can be stopped, which keeps what came', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer({ hangs: true }) }, '#/ask', { networkConsent: true })
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await expect.element(page.getByText('Asking 5 peers')).toBeVisible()
    await page.getByRole('button', { name: 'Stop' }).click()
    await expect.element(page.getByText('Stopped. What came until then is below.')).toBeVisible()
    expect(results.elements()).toHaveLength(2)
  })

  it('says when nothing was found, and what to do', async () => {
    const peer = createSamplePeer({ answer: { results: [], troubles: [] } })
    showApp({ kind: 'ready', peer }, '#/ask', { networkConsent: true })
    await question.fill('Who painted the ceiling?')
    await askButton.click()
    await expect
      .element(page.getByText(/Neither your library nor any of the 5 peers that answered has a passage/))
      .toBeVisible()
  })

  it('leads from an own passage to its place in the document', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask', { networkConsent: true })
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    const own = results.filter({ hasText: 'Open document' })
    const text = await own.getByRole('paragraph').first().findElement()
    const words = text.textContent
    await own.getByRole('link', { name: 'Open document' }).click()
    const found = page.getByRole('region').filter({ hasText: 'Found passage' })
    await expect.element(found).toHaveFocus()
    await expect.element(found).toMatchTextContent(words)
    await expect.element(found).toBeInViewport()
  })

  it('does not name the seller of a cached passage a second time', async () => {
    const { results: sample } = await createSamplePeer().ask('x', {
      scope: 'both',
      maxTokenCost: parseTokens('1'),
    })
    const [seller, other] = [samplePeerId(1), samplePeerId(2)]
    const cached = sample
      .slice(0, 1)
      .map((one) => ({ ...one, provider: 'self', origin: 'cached', author: seller }) as const)
    const answer = { results: cached.map((one) => ({ ...one, alsoFrom: [seller, other] })) }
    showApp({ kind: 'ready', peer: createSamplePeer({ answer }) }, '#/ask', { networkConsent: true })
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await expect
      .element(results.first().getByText(/^also from/))
      .toHaveTextContent(`also from ${shortPeerId(other)}`)
  })

  it('shows foreign text as text', async () => {
    const [first] = (await createSamplePeer().ask('x', { scope: 'both', maxTokenCost: parseTokens('1') }))
      .results
    if (first === undefined) throw new Error('The sample answer has no result')
    const hostile = '<img src=x onerror=alert(1)>'
    const peer = createSamplePeer({ answer: { results: [{ ...first, title: hostile, text: hostile }] } })
    showApp({ kind: 'ready', peer }, '#/ask', { networkConsent: true })
    await question.fill('x')
    await askButton.click()
    await expect.element(results.getByRole('heading')).toMatchTextContent(hostile)
    expect(document.querySelector('img')).toBeNull()
  })
})

describe('feedback', () => {
  const first = results.first()
  const button = (name: string) => first.getByRole('button', { name, exact: true })

  async function ask() {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask', { networkConsent: true })
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await expect.element(button('Helpful')).toBeVisible()
  }

  it('can be given, refined, changed and taken back', async () => {
    await ask()
    await expect.element(button('Wrong')).not.toBeInTheDocument()
    await button('Not helpful').click()
    await button('Outdated').click()
    await expect.element(button('Outdated')).toHaveAttribute('aria-pressed', 'true')
    await expect.element(button('Not helpful')).toHaveAttribute('aria-pressed', 'true')
    await button('Helpful').click()
    await expect.element(button('Helpful')).toHaveAttribute('aria-pressed', 'true')
    await expect.element(button('Outdated')).not.toBeInTheDocument()
    await button('Helpful').click()
    await expect.element(button('Helpful')).toHaveAttribute('aria-pressed', 'false')
  })

  it('holds on when the same question is asked again, and becomes a precision', async () => {
    await ask()
    await button('Helpful').click()
    await expect.element(button('Helpful')).toHaveAttribute('aria-pressed', 'true')
    await askButton.click()
    await expect.element(button('Helpful')).toHaveAttribute('aria-pressed', 'true')
    await page.getByRole('button', { name: 'Explain these numbers' }).click()
    await page.getByRole('link', { name: 'Asked questions' }).click()
    // Of the sample's two earlier questions one helped.
    await expect.element(page.getByText('67 % helpful')).toBeVisible()
    await page
      .getByRole('button', { name: /^Ask again “How often/ })
      .first()
      .click()
    await expect.element(button('Helpful')).toHaveAttribute('aria-pressed', 'true')
  })

  it('can be forgotten with the question, and that undone', async () => {
    await ask()
    location.hash = '#/more/questions'
    const kept = page.getByRole('list', { name: 'Asked questions' }).getByRole('listitem')
    await expect.element(kept.nth(2)).toBeVisible()
    await page.getByRole('button', { name: 'Forget “How often should a restore be tested?”' }).click()
    await expect.element(kept.nth(2)).not.toBeInTheDocument()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.element(kept.nth(2)).toBeVisible()
    await page.getByRole('button', { name: 'Forget all', exact: true }).click()
    await expect.element(page.getByText('No questions yet')).toBeVisible()
    await expect.element(page.getByText('3 questions are forgotten.')).toBeVisible()
  })
})

describe('the prices', () => {
  it('can be edited and chosen, are kept, and change what is saved', async () => {
    const { settings } = showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask', {
      networkConsent: true,
    })
    await question.fill('How often should a restore be tested?')
    await askButton.click()
    await page.getByRole('button', { name: 'Explain these numbers' }).click()
    await page.getByRole('button', { name: 'Edit prices' }).click()
    await page.getByRole('combobox', { name: 'Model' }).selectOptions('A model of your own')
    expect(settings.get().prices).toMatchObject({ inputUsdPerMillion: 0, outputTokens: 500 })
    await page.getByRole('spinbutton', { name: /^Output tokens/ }).fill('200')
    await userEvent.keyboard('{Tab}')
    expect(settings.get().prices.outputUsdPerMillion).toBe(200)
    await page.getByRole('spinbutton', { name: /^Expected output/ }).fill('-3')
    await userEvent.keyboard('{Tab}')
    expect(settings.get().prices.outputTokens).toBe(500)
    await page.getByRole('button', { name: 'Done' }).click()
    await expect.element(page.getByText(/whole documents · \$0\.10 instead of \$0\.10/)).toBeVisible()
  })
})

describe('the keyboard', () => {
  it('reaches the question with /, stops with Esc and shows help with ?', async () => {
    const peer = createSamplePeer({ hangs: true })
    showApp({ kind: 'ready', peer }, '#/ask', { networkConsent: true })
    await userEvent.keyboard('/')
    await expect.element(question).toHaveFocus()
    await userEvent.keyboard('restore{Enter}')
    await expect.element(page.getByRole('button', { name: 'Stop' })).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(askButton).toBeVisible()
    await page.getByRole('heading', { name: 'Ask', exact: true }).click({ force: true })
    await userEvent.keyboard('?')
    await expect.element(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  })
})
