import { beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import type { Writable } from '../../../src/domain/kernel/readable.ts'
import type { AppUpdate, ShellState } from '../../../src/ui/shell.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

describe('a second tab', () => {
  it('says that another one runs, and can take over', async () => {
    let asked = 0
    showApp({ kind: 'follower', takeOver: () => asked++ }, '#/ask')
    await expect.element(page.getByText('Loremesh is running in another tab')).toBeVisible()
    await expect
      .element(page.getByRole('status', { name: 'Connection' }))
      .toMatchTextContent(/Running in another tab/)
    await page.getByRole('button', { name: 'Use here' }).click()
    expect(asked).toBe(1)
  })
})

describe('the frame', () => {
  it('leads to every screen and says how the connection is and why', async () => {
    showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask')
    const pill = page.getByRole('status', { name: 'Connection' })
    await expect.element(pill).toMatchTextContent(/Connected, 4 peers \(3 direct\)/)
    for (const name of ['Library', 'Network', 'Wallet', 'More']) {
      await page.getByRole('link', { name, exact: true }).click()
      await expect.element(page.getByRole('heading', { name, exact: true, level: 1 })).toBeVisible()
    }
    await pill.click()
    await expect
      .element(page.getByRole('dialog', { name: 'About the connection' }))
      .toMatchTextContent(/Questions to the network are sent to some of them\./)
  })

  it('keeps the ledger of others only when it is told to, and says what that takes', async () => {
    const peer = createSamplePeer()
    const shell = showApp({ kind: 'ready', peer }, '#/ask')
    await page.getByRole('button', { name: 'Settings' }).click()
    const choice = page.getByRole('switch', { name: 'Keep the network’s ledger' })
    await expect.element(choice).not.toBeChecked()
    const dialog = page.getByRole('dialog', { name: 'Settings' })
    await expect.element(dialog).toMatchTextContent(/up to 200 MB of room/)
    await choice.click()
    await expect.element(choice).toBeChecked()
    expect(shell.settings.get().keepLedger).toBe(true)
    await peer.keepLedger(true)
    await expect.element(dialog).toMatchTextContent(/12,345 entries are kept here, 4\.1 MB\./)
  })

  it('shows the spending limit that holds, whatever was typed', async () => {
    const shell = showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask')
    await page.getByRole('button', { name: 'Settings' }).click()
    const limit = page.getByRole('spinbutton', { name: 'Tokens a question may spend' })
    for (const typed of ['5000', '7000']) {
      await limit.fill(typed)
      await page.getByRole('radio', { name: 'System' }).click({ force: true })
      await expect.element(limit).toHaveValue(1000)
    }
    expect(shell.settings.get().maxTokensPerQuestion).toBe(1000)
  })

  it('says why it could not start', async () => {
    const error = { code: 'storage-full', message: 'No space left.', hint: 'Free some.' } as const
    showApp({ kind: 'failed', error }, '#/ask')
    await expect.element(page.getByRole('alert')).toMatchTextContent(/No space left\. Free some\./)
  })

  it('offers a new version once, above everything else', async () => {
    let applied = 0
    const shell = showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask')
    const update = shell.update as Writable<AppUpdate>
    update.set({ available: true, apply: () => applied++ })
    await page.getByRole('button', { name: 'Reload' }).click()
    expect(applied).toBe(1)
  })

  it('shows the app when the peer is ready', async () => {
    const shell = showApp({ kind: 'starting', message: 'Opening your library' }, '#/wallet')
    await expect.element(page.getByRole('status', { name: 'Connection' })).toMatchTextContent('Starting')
    const state = shell.state as Writable<ShellState>
    state.set({ kind: 'ready', peer: createSamplePeer() })
    await expect.element(page.getByRole('table', { name: 'Entries' })).toBeVisible()
  })
})
