import { beforeEach, describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import { createWritable, type Writable } from '../../../src/domain/kernel/readable.ts'
import type { Sleep } from '../../../src/peer/wake-watch.ts'
import type { WakeLockState } from '../../../src/ui/shell.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

beforeEach(() => page.viewport(1280, 800))

describe('the settings of serving', () => {
  const part = page.getByRole('region', { name: 'Serving others' })

  it('take limits, show those that hold, and take them away again', async () => {
    const shell = showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask')
    await page.getByRole('button', { name: 'Settings' }).click()
    const rate = page.getByRole('spinbutton', { name: 'Upload, in kbit a second' })
    const volume = page.getByRole('spinbutton', { name: 'Upload a day, in MB' })
    await expect.element(rate).toHaveValue(null)
    await rate.fill('10')
    await volume.fill('500')
    await rate.click()
    await expect.element(rate).toHaveValue(64)
    expect(shell.settings.get().serving).toMatchObject({ uploadKbps: 64, dailyMegabytes: 500 })
    await volume.fill('')
    await rate.fill('0')
    await volume.click()
    await expect.element(rate).toHaveValue(null)
    expect(shell.settings.get().serving).toMatchObject({ uploadKbps: 0, dailyMegabytes: 0 })
  })

  it('say what went out today and what the device runs on, and change what happens then', async () => {
    const shell = showApp({ kind: 'ready', peer: createSamplePeer({ pause: 'battery' }) }, '#/ask')
    await page.getByRole('button', { name: 'Settings' }).click()
    await expect.element(part).toMatchTextContent(/12\.3 MB went out today\./)
    await expect.element(part).toMatchTextContent(/It runs on battery now, so nobody is served\./)
    await page.getByRole('switch', { name: 'Serve on battery' }).click()
    expect(shell.settings.get().serving.servesOnBattery).toBe(false)
  })

  it('keep the screen on when they are told to, and say what the browser makes of it', async () => {
    const shell = showApp({ kind: 'ready', peer: createSamplePeer() }, '#/ask')
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('switch', { name: 'Keep the screen on' }).click()
    expect(shell.settings.get().serving.keepsAwake).toBe(true)
    const wakeLock = shell.wakeLock as Writable<WakeLockState>
    wakeLock.set('held')
    await expect.element(part).toMatchTextContent(/The screen stays on now\./)
  })
})

it('a tab that was asleep says for how long, each time once', async () => {
  const lastSleep = createWritable<Sleep | undefined>(undefined)
  showApp({ kind: 'ready', peer: { ...createSamplePeer(), lastSleep } }, '#/ask')
  const message = page.getByText(/^This tab slept for 3 h 10 min\./)
  await expect.element(page.getByRole('textbox', { name: 'Ask a question' })).toBeVisible()
  expect(message.elements()).toHaveLength(0)
  lastSleep.set({ endedAtMs: 1, durationMs: 11_400_000 })
  await expect.element(message).toBeVisible()
  expect(message.elements()).toHaveLength(1)
})
