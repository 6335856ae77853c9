import axe from 'axe-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { page } from 'vitest/browser'
import type { NetworkState } from '../../../src/peer/peer.ts'
import type { Theme } from '../../../src/ui/settings.ts'
import { sampleCrowd } from '../../support/sample-crowd.ts'
import { createSamplePeer } from '../../support/sample-peer.ts'
import { showApp } from './show-app.ts'

interface View {
  readonly name: string
  readonly address: string
  readonly isNew?: boolean
  readonly network?: NetworkState
  open?(): Promise<void>
}

const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click()

async function ask(): Promise<void> {
  await page.getByRole('textbox', { name: 'Ask a question' }).fill('How often should a restore be tested?')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
}

const views: readonly View[] = [
  { name: 'the start', address: '#/ask' },
  { name: 'the consent', address: '#/ask', open: ask },
  {
    name: 'an answer',
    address: '#/ask',
    async open() {
      await ask()
      await press('Allow')
      await press('Explain these numbers')
    },
  },
  {
    name: 'feedback on a result',
    address: '#/ask',
    async open() {
      await ask()
      await press('Allow')
      await press('Not helpful')
      await press('Wrong')
    },
  },
  {
    name: 'the prices',
    address: '#/ask',
    async open() {
      await ask()
      await press('Allow')
      await press('Explain these numbers')
      await press('Edit prices')
    },
  },
  {
    name: 'the asked questions',
    address: '#/more/questions',
    async open() {
      await expect.element(page.getByRole('list', { name: 'Asked questions' })).toBeVisible()
    },
  },
  { name: 'the library', address: '#/library' },
  { name: 'the empty library', address: '#/library', isNew: true },
  {
    name: 'the bought passages',
    address: '#/library/from-others',
    async open() {
      await press(/^Retention of monthly dumps$/)
      await press('Explain this room')
    },
  },
  {
    name: 'the added files',
    address: '#/library',
    async open() {
      await page
        .getByLabelText('Add documents')
        .upload([new File(['# Guide'], 'guide.md'), new File([''], 'empty.md')])
      await expect.element(page.getByRole('list', { name: 'Added files' })).toBeVisible()
    },
  },
  {
    name: 'an address that can not be added',
    address: '#/library',
    async open() {
      await press('Add a URL')
      await page.getByRole('textbox', { name: 'Address' }).fill('https://example.org/guide')
      await press('Add page or file')
      await expect.element(page.getByText(/does not let other pages read it/)).toBeVisible()
    },
  },
  { name: 'the share dialog', address: '#/library', open: () => press('Share all documents') },
  {
    name: 'the network',
    address: '#/network',
    async open() {
      await press('Test connection')
      await page.getByRole('option').nth(1).click()
      await page.getByRole('table', { name: 'Links' }).getByRole('button', { expanded: false }).nth(1).click()
    },
  },
  { name: 'a crowded network', address: '#/network', network: sampleCrowd() },
  { name: 'the empty network', address: '#/network', isNew: true },
  {
    name: 'the wallet',
    address: '#/wallet',
    async open() {
      await press(/^Earned with/)
      await press('Show receipt')
      await press(/^More filters/)
    },
  },
  { name: 'the empty wallet', address: '#/wallet', isNew: true },
  {
    name: 'the report of a receipt',
    address: '#/wallet',
    async open() {
      await press(/^Set aside/)
      await press(/^Verify$/)
      await expect.element(page.getByRole('list', { name: 'Checks' })).toBeVisible()
    },
  },
  { name: 'what else there is', address: '#/more' },
  { name: 'the models', address: '#/more/models' },
  { name: 'the settings', address: '#/ask', open: () => press('Settings') },
]

const sizes = { phone: [390, 844], desktop: [1280, 800] } as const

describe.each(Object.entries(sizes))('on a %s', (_device, [width, height]) => {
  describe.each(['light', 'dark'] satisfies Theme[])('in %s', (theme) => {
    it.each(views)('$name has no accessibility violation and fits the width', async (view) => {
      await page.viewport(width, height)
      document.documentElement.lang = 'en'
      showApp(
        { kind: 'ready', peer: createSamplePeer({ isNew: view.isNew ?? false, network: view.network }) },
        view.address,
        {
          theme,
        },
      )
      const stillness = document.createElement('style')
      stillness.textContent = '*, ::backdrop { animation: none !important; transition: none !important }'
      document.head.append(stillness)
      onTestFinished(() => stillness.remove())
      await view.open?.()
      const { violations } = await axe.run(document, { resultTypes: ['violations'] })
      expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width)
    })
  })
})
