import { beforeEach, describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { WalletEntry } from '../../../src/peer/peer.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { createLongWallet, sampleWallet } from '../../support/sample-wallet.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

const table = page.getByRole('table', { name: 'Entries' })
const shown = page.getByRole('status', { name: 'Shown entries' })
const rowCount = () => table.getByRole('row').elements().length - 1
const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click()

/** When the sample's entry of a kind was made, to the second and with the time zone, as this browser writes it. */
function exactTimeOf(kind: WalletEntry['kind']): string {
  const entry = sampleWallet.entries.find((one) => one.kind === kind)
  const format = { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const
  return new Intl.DateTimeFormat(undefined, format).format(entry?.timestampMs)
}

function showWallet(options: Parameters<typeof createSamplePeer>[0] = {}): void {
  showApp({ kind: 'ready', peer: createSamplePeer(options) }, '#/wallet')
}

describe('the balance', () => {
  it('is exact, with what is on its way apart from it, and says what tokens are worth', async () => {
    showWallet()
    await expect
      .element(page.getByLabelText('Balance', { exact: true }))
      .toMatchTextContent(/984\.21875\s*tokens/)
    const tokens = page.getByRole('region', { name: 'Tokens' })
    await expect.element(tokens).toMatchTextContent(/Pending out\s*1\.027345/)
    await expect.element(tokens).toMatchTextContent(/Reserved\s*22\.972655/)
    await expect
      .element(tokens)
      .toMatchTextContent(/worth something only inside Loremesh: they can't be redeemed and are never sold\./)
  })

  it.each([
    ['The balance consists of', [/^Unrestricted /, /^Spend-only /]],
    ['On its way, not in the balance', [/^Reserved /, /^Pending out /, /^Pending in /]],
  ])('tells what counts from what does not: “%s”', async (title, amounts) => {
    showWallet()
    const group = page.getByRole('group', { name: title })
    for (const name of amounts) await expect.element(group.getByRole('button', { name })).toBeVisible()
    expect(group.getByRole('button').elements()).toHaveLength(amounts.length)
  })

  it.each([
    ['Unrestricted', 1, '+12.5'],
    ['Spend-only', 6, '+971.71875'],
    ['Reserved', 1, '22.972655'],
    ['Pending out', 1, '1.027345'],
    ['Pending in', 1, '2.34375'],
  ])('leads from %s to the entries that make it up', async (name, count, sum) => {
    showWallet()
    await press(new RegExp(`^${name} `))
    await expect.poll(rowCount).toBe(count)
    await expect.element(shown).toHaveTextContent(`${count} of 9 entries · ${name} ${sum} tokens`)
    await expect.element(page.getByRole('heading', { name: 'Entries' })).toHaveFocus()
    await press('Clear filters')
    await expect.poll(rowCount).toBe(9)
  })

  it("leads from today's change to today's entries, and from the balance to all", async () => {
    showWallet()
    const today = page.getByRole('button', { name: /^Today / })
    const change = /Today (\S+)/.exec((await today.findElement()).textContent)?.[1] ?? 'none'
    await today.click()
    await expect.poll(() => shown.element().textContent).toContain(`sum ${change} tokens`)
    await press(/984\.21875/)
    await expect
      .element(shown)
      .toMatchTextContent(/^9 entries · sum \+984\.21875 tokens, and 2\.34375 pending/)
  })

  it('is explained, every amount of it', async () => {
    showWallet()
    await press('Explain these amounts')
    const dialog = page.getByRole('dialog', { name: 'About these amounts' })
    for (const name of [
      'Balance',
      'Today',
      'Unrestricted',
      'Spend-only',
      'Reserved',
      'Pending out',
      'Pending in',
    ]) {
      await expect.element(dialog.getByText(name, { exact: true })).toBeVisible()
    }
  })
})

describe('an entry', () => {
  it('explains itself, with time zone, state, parts and every receipt', async () => {
    showWallet()
    await expect.element(table).toBeVisible()
    expect(
      table
        .getByRole('columnheader')
        .elements()
        .map((header) => header.textContent),
    ).toEqual(['Time', 'What', 'Counterparty', 'Amount', 'State', 'After'])
    await table.getByRole('button', { name: /^Earned with 3 passages/ }).click()
    await expect.element(table.getByText(/part of a checkpoint of the whole ledger/)).toBeVisible()
    await expect.element(table.getByText(exactTimeOf('claim'), { exact: false })).toBeVisible()
    await expect.element(table.getByRole('button', { name: 'Unrestricted +12.5' })).toBeVisible()
    const deliveries = table.getByRole('group', { name: /^Sold to / })
    expect(deliveries.elements()).toHaveLength(2)
    await deliveries.first().getByRole('button', { name: 'Show receipt' }).click()
    await expect
      .element(page.getByRole('region', { name: /^Receipt [0-9a-f]{8}$/ }))
      .toMatchTextContent(/loremesh-receipt/)
  })

  it('leads to the entries that belong to it, and to those with the same peer', async () => {
    showWallet()
    await table.getByRole('button', { name: /^Settled / }).click()
    await press('Related entries')
    await expect.element(shown).toMatchTextContent(/^2 of 9 entries/)
    await table.getByRole('button', { name: /^Set aside / }).click()
    await press('Only this peer')
    await expect.element(shown).toMatchTextContent(/^3 of 9 entries/)
  })

  it('that is not certified is never shown as done', async () => {
    showWallet()
    const waiting = table.getByRole('row', { name: /not claimed yet/ })
    await expect.element(waiting).toMatchTextContent(/\+2\.34375\s*Pending/)
  })
})

describe('filters', () => {
  it('say how many entries they leave and what these add up to', async () => {
    showWallet()
    await page.getByRole('radio', { name: 'Out' }).click({ force: true })
    await expect.element(shown).toMatchTextContent(/^3 of 9 entries · sum −45\.171875 tokens/)
    await press(/^More filters/)
    await page.getByRole('combobox', { name: 'Kind' }).selectOptions('Paid')
    await expect.element(shown).toMatchTextContent(/^1 of 9 entries · sum −1\.171875 tokens/)
    await page.getByRole('combobox', { name: 'State' }).selectOptions('Pending')
    await expect.element(table.getByText('No such entries.')).toBeVisible()
    await expect.element(page.getByRole('button', { name: 'Export CSV' })).toBeDisabled()
    await press('Clear filters')
    await expect.poll(rowCount).toBe(9)
  })

  it('stay while one looks elsewhere', async () => {
    showWallet()
    await page.getByRole('searchbox', { name: 'Search entries' }).fill('backup')
    await expect.poll(rowCount).toBe(1)
    await page.getByRole('link', { name: 'Network' }).click()
    await expect.element(page.getByRole('heading', { name: 'Network', level: 1 })).toBeVisible()
    await page.getByRole('link', { name: 'Wallet' }).click()
    await expect.element(page.getByRole('searchbox', { name: 'Search entries' })).toHaveValue('backup')
    expect(rowCount()).toBe(1)
  })
})

describe('ten thousand entries', () => {
  it('are drawn a hundred at a time, and searched while one types', async () => {
    showWallet({ wallet: createLongWallet(10_000) })
    await expect.element(shown).toMatchTextContent(/^10,000 entries · sum \+1 tokens/)
    expect(rowCount()).toBe(100)
    await press('Show 100 more')
    await expect.poll(rowCount).toBe(200)
    const startMs = performance.now()
    await page.getByRole('searchbox', { name: 'Search entries' }).fill('question 99')
    await expect.element(shown).toMatchTextContent(/^280 of 10,000 entries/)
    expect(performance.now() - startMs).toBeLessThan(2_000)
    expect(rowCount()).toBe(100)
    await press('Show 100 more')
    await press('Show 80 more')
    await expect.poll(rowCount).toBe(280)
  })
})

describe('a wallet without a quorum', () => {
  it('says so, in the wallet once and elsewhere at the top', async () => {
    const notice = 'Too few authorities answer: payments wait until they do.'
    showWallet({ wallet: { ...sampleWallet, notice } })
    await expect.element(page.getByText(notice)).toBeVisible()
    expect(page.getByText(notice).elements()).toHaveLength(1)
    await page.getByRole('link', { name: 'Network' }).click()
    await expect.element(page.getByRole('heading', { name: 'Network', level: 1 })).toBeVisible()
    await expect.element(page.getByText(notice)).toBeVisible()
  })
})

describe('verifying a receipt', () => {
  const [complete = ''] = sampleWallet.entries
    .filter(({ kind }) => kind === 'claim')
    .flatMap(({ purchases }) => purchases.map(({ receipt }) => receipt))
  const dialog = page.getByRole('dialog', { name: 'Verify a receipt' })
  const field = dialog.getByRole('textbox', { name: 'Receipt' })
  const verify = () => dialog.getByRole('button', { name: 'Verify' }).click()

  it('reports every check, the verdict and what is signed', async () => {
    showWallet()
    await press('Verify a receipt')
    await field.fill(complete)
    await verify()
    await expect.element(dialog.getByText('This receipt is valid')).toBeVisible()
    const checks = dialog.getByRole('list', { name: 'Checks' }).getByRole('listitem')
    expect(checks.elements()).toHaveLength(7)
    for (const check of checks.elements()) expect(check.textContent).toContain('Passed')
    await expect.element(dialog.getByText('6.25 tokens', { exact: true })).toBeVisible()
    await expect.element(dialog.getByText(/\(you\)$/)).toBeVisible()
  })

  it('finds what was changed, and forgets the report when the text changes', async () => {
    showWallet()
    await press('Verify a receipt')
    await field.fill(complete.replace('"amountMicroTokens": "6', '"amountMicroTokens": "9'))
    await verify()
    await expect.element(dialog.getByText('Do not trust this receipt')).toBeVisible()
    await expect.element(dialog.getByText(/Something else is signed .* the price/)).toBeVisible()
    await field.fill(`${complete} `)
    await expect.element(dialog.getByText('Do not trust this receipt')).not.toBeInTheDocument()
  })

  it('says of a text that is no receipt what it is and what to do', async () => {
    showWallet()
    await press('Verify a receipt')
    await field.fill('Thank you for your purchase')
    await verify()
    await expect.element(dialog.getByText('The text is no JSON. Paste the whole receipt.')).toBeVisible()
  })

  it('takes a file that is dropped or chosen', async () => {
    showWallet()
    await press('Verify a receipt')
    await userEvent.upload(
      dialog.getByLabelText('Choose a file'),
      new File([complete], 'receipt.json', { type: 'application/json' }),
    )
    await expect.element(dialog.getByText('This receipt is valid')).toBeVisible()
    await expect.element(field).toHaveValue(complete)
    const dropped = new DataTransfer()
    dropped.items.add(new File(['{}'], 'other.json'))
    const target = await field.findElement()
    target.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }))
    await expect.element(dialog.getByText(/This is no receipt in a format that is known here/)).toBeVisible()
  })

  it('of an own delivery takes one press', async () => {
    showWallet()
    await table.getByRole('button', { name: /^Set aside for peer \w+: 1\.027345/ }).click()
    await press('Verify')
    await expect.element(dialog.getByText('Nothing is wrong, but something is missing')).toBeVisible()
    // Only what is between its title and its buttons scrolls.
    const { scrollHeight, clientHeight } = await dialog.findElement()
    expect(scrollHeight).toBe(clientHeight)
    await userEvent.keyboard('{Escape}')
    await expect.element(dialog).not.toBeInTheDocument()
  })
})
