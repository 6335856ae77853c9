import { beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

describe('the wallet', () => {
  it('shows the certified balance exactly, pending amounts apart from it, and what tokens are worth', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/wallet')
    await expect
      .element(page.getByLabelText('Balance', { exact: true }))
      .toMatchTextContent(/1007\.191406 tokens/)
    await expect
      .element(page.getByRole('region', { name: 'Tokens' }))
      .toMatchTextContent(/Pending out\s*1\.027344/)
    await expect
      .element(page.getByRole('region', { name: 'Tokens' }))
      .toMatchTextContent(
        /Tokens are worth something only inside Loremesh: they can't be redeemed and are never sold\./,
      )
  })

  it('explains every entry, with its receipt', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/wallet')
    const table = page.getByRole('table', { name: 'Entries' })
    await expect.element(table).toBeVisible()
    expect(
      table
        .getByRole('columnheader')
        .elements()
        .map((header) => header.textContent),
    ).toEqual(['Time', 'What', 'Counterparty', 'Amount', 'State', 'After'])
    await expect.element(table.getByRole('row').nth(1)).toMatchTextContent(/−1\.027344/)
    await expect.element(table.getByRole('row').nth(1)).toMatchTextContent(/Pending/)
    await table.getByRole('button', { name: /^Paid 3 contexts/ }).click()
    await expect.element(table.getByText(/and the provider claimed the payment/)).toBeVisible()
    await expect
      .element(page.getByRole('region', { name: 'Receipt of entry 2' }))
      .toMatchTextContent(/signature/)
  })

  it('filters what was spent', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/wallet')
    await page.getByRole('radio', { name: 'Spent' }).click({ force: true })
    await expect.poll(() => page.getByRole('row').elements().length).toBe(4)
  })
})
