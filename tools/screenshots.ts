import { mkdir } from 'node:fs/promises'
import { chromium, type Page } from 'playwright'
import { createServer } from 'vite'
import { findChromium, headlessArgs } from './chromium.ts'

/**
 * Takes pictures of every screen with a sample peer, on a phone and on a desktop, light and dark:
 * `node tools/screenshots.ts [FOLDER] [PART OF A NAME]`.
 */
const [folder = 'test-results/screens', wanted = ''] = process.argv.slice(2)

interface Shot {
  readonly name: string
  readonly address: string
  /** The whole screen instead of what a window shows of it. */
  readonly isWhole?: boolean
  act?(page: Page): Promise<void>
}

async function ask(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Ask a question' }).fill('How often should a restore be tested?')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
}

const shots: readonly Shot[] = [
  { name: 'ask-start', address: '#/ask' },
  { name: 'ask-answer', address: '?consent#/ask', act: ask },
  {
    name: 'ask-cost',
    address: '?consent#/ask',
    async act(page) {
      await ask(page)
      await page.getByRole('button', { name: 'Explain these numbers' }).click()
    },
  },
  {
    name: 'ask-written',
    address: '?consent&model#/ask',
    async act(page) {
      await ask(page)
      await page.getByRole('button', { name: 'Write an answer' }).click()
      await page.getByText('cites passages that it was not given').waitFor()
    },
  },
  {
    name: 'ask-language-model',
    address: '?consent&model#/ask',
    async act(page) {
      await ask(page)
      await page.getByRole('button', { name: 'Language model', exact: true }).click()
    },
  },
  {
    name: 'ask-prices',
    address: '?consent#/ask',
    async act(page) {
      await ask(page)
      await page.getByRole('button', { name: 'Explain these numbers' }).click()
      await page.getByRole('button', { name: 'Edit prices' }).click()
    },
  },
  {
    name: 'ask-feedback',
    address: '?consent#/ask',
    async act(page) {
      await ask(page)
      await page.getByRole('button', { name: 'Not helpful' }).first().click()
      await page.getByRole('button', { name: 'Outdated' }).click()
      await page.getByRole('button', { name: 'Helpful', exact: true }).nth(1).click()
      await page.getByRole('article').nth(1).scrollIntoViewIfNeeded()
    },
  },
  { name: 'ask-running', address: '?consent&state=hang#/ask', act: ask },
  { name: 'ask-consent', address: '#/ask', act: ask },
  { name: 'ask-nothing', address: '?consent&state=nothing#/ask', act: ask },
  { name: 'library', address: '#/library' },
  { name: 'library-empty', address: '?state=new#/library' },
  {
    name: 'library-files',
    address: '#/library',
    async act(page) {
      await page.getByLabel('Add documents').setInputFiles([
        { name: 'guide.md', mimeType: 'text/markdown', buffer: Buffer.from('# Guide') },
        { name: 'empty.md', mimeType: 'text/markdown', buffer: Buffer.from('') },
      ])
      await page.getByRole('button', { name: 'Delete Meeting notes' }).click()
      await page.getByRole('button', { name: 'Retry failed' }).scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'library-address',
    address: '#/library',
    async act(page) {
      await page.getByRole('button', { name: 'Add a URL' }).click()
      await page.getByRole('textbox', { name: 'Address' }).fill('https://example.org/guide')
      await page.getByRole('button', { name: 'Add page or file' }).click()
      await page.getByText(/does not let other pages read it/).waitFor()
    },
  },
  {
    name: 'library-share',
    address: '#/library',
    act: (page) => page.getByRole('switch', { name: 'Share Incident review' }).click(),
  },
  {
    name: 'library-share-all',
    address: '#/library',
    act: (page) => page.getByRole('button', { name: 'Share all documents' }).click(),
  },
  {
    name: 'document',
    address: '#/library',
    act: (page) => page.getByRole('link', { name: 'Backups that you can restore' }).click(),
  },
  {
    name: 'library-end',
    address: '#/library',
    act: (page) => page.getByRole('link', { name: /^From others/ }).scrollIntoViewIfNeeded(),
  },
  { name: 'cache', address: '#/library/from-others' },
  { name: 'cache-empty', address: '?state=new#/library/from-others' },
  {
    name: 'cache-passage',
    address: '#/library/from-others',
    async act(page) {
      await page.getByRole('button', { name: 'Retention of monthly dumps', exact: true }).click()
      await page.getByRole('button', { name: 'Remove Checksums of pages' }).click()
    },
  },
  {
    name: 'cache-explained',
    address: '#/library/from-others',
    act: (page) => page.getByRole('button', { name: 'Explain this room' }).click(),
  },
  {
    name: 'document-passage',
    address: '?consent#/ask',
    async act(page) {
      await ask(page)
      await page.getByRole('link', { name: 'Open document' }).click()
      await page.getByText('Found passage').waitFor()
    },
  },
  { name: 'network', address: '#/network', isWhole: true },
  {
    name: 'network-test',
    address: '#/network',
    act: (page) => page.getByRole('button', { name: 'Test connection' }).click(),
  },
  { name: 'network-crowd', address: '?state=crowd#/network', isWhole: true },
  {
    name: 'network-link',
    address: '#/network',
    async act(page) {
      const mesh = page.getByRole('listbox', { name: 'Mesh' })
      await mesh.focus()
      await mesh.press('End')
      await mesh.scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'network-invite',
    address: '#/network',
    async act(page) {
      await page.getByRole('button', { name: 'Make an invitation' }).click()
      await page.getByRole('img', { name: 'QR code of the invitation' }).scrollIntoViewIfNeeded()
    },
  },
  { name: 'network-empty', address: '?state=new#/network' },
  {
    name: 'network-pill',
    address: '#/network',
    act: (page) => page.getByRole('status', { name: 'Connection' }).click(),
  },
  { name: 'wallet', address: '#/wallet' },
  {
    name: 'wallet-entry',
    address: '#/wallet',
    async act(page) {
      await page.getByRole('button', { name: /^Earned with/ }).click()
      await page.getByRole('button', { name: 'Show receipt' }).first().click()
    },
  },
  {
    name: 'wallet-filter',
    address: '#/wallet',
    async act(page) {
      await page.getByRole('button', { name: /^Reserved/ }).click()
      await page.getByRole('button', { name: /^More filters/ }).click()
    },
  },
  {
    name: 'wallet-verify',
    address: '#/wallet',
    async act(page) {
      await page
        .getByRole('button', { name: /^Set aside/ })
        .first()
        .click()
      await page.getByRole('button', { name: 'Verify', exact: true }).first().click()
      await page.getByRole('list', { name: 'Checks' }).waitFor()
    },
  },
  { name: 'more', address: '#/more' },
  {
    name: 'questions',
    address: '#/more/questions',
    act: (page) => page.getByRole('list', { name: 'Asked questions' }).waitFor(),
  },
  { name: 'models', address: '#/more/models' },
  { name: 'wallet-empty', address: '?state=new#/wallet' },
  {
    name: 'settings',
    address: '#/ask',
    act: (page) => page.getByRole('button', { name: 'Settings' }).click(),
  },
  {
    name: 'settings-serving',
    address: '?state=woken#/ask',
    act: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click()
      await page.getByRole('switch', { name: 'Keep the screen on' }).scrollIntoViewIfNeeded()
    },
  },
  { name: 'woken', address: '?state=woken#/ask' },
  {
    name: 'settings-smaller-room',
    address: '#/ask',
    act: async (page) => {
      await page.getByRole('button', { name: 'Settings' }).click()
      const room = page.getByRole('spinbutton', { name: 'Room for passages from others, in MB' })
      await room.fill('0')
      await room.press('Tab')
      await page.getByRole('button', { name: 'Remove them' }).scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'starting',
    address: '?state=starting#/ask',
    // The words come late, so that a quick start has none.
    async act(page) {
      const words = page.getByRole('main').getByText('Opening your library')
      await words.evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)))
    },
  },
  { name: 'follower', address: '?state=follower#/ask' },
  { name: 'failed', address: '?state=failed#/ask' },
]

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Preview</title></head>
<body><script type="module" src="/test/browser/ui/preview.ts"></script></body></html>`

const server = await createServer({
  appType: 'custom',
  logLevel: 'warn',
  server: { port: 0, ws: false, hmr: false, watch: null },
  plugins: [
    {
      name: 'preview-page',
      configureServer: ({ middlewares }) => {
        middlewares.use((request, response, next) => {
          if (/^\/preview(\?|$)/.test(request.url ?? '')) {
            response.setHeader('content-type', 'text/html').end(page)
          } else {
            next()
          }
        })
      },
    },
  ],
})
await server.listen()
const origin = server.resolvedUrls?.local[0] ?? ''
const executablePath = findChromium()
if (executablePath === undefined) throw new Error('No Chromium found: set CHROMIUM_PATH')
const browser = await chromium.launch({ executablePath, args: [...headlessArgs] })
await mkdir(folder, { recursive: true })
for (const [device, viewport] of Object.entries({
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
})) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({
      viewport,
      colorScheme,
      hasTouch: device === 'phone',
      isMobile: device === 'phone',
      reducedMotion: 'reduce',
      locale: 'en-GB',
    })
    for (const { name, address, isWhole = false, act } of shots) {
      const fileName = `${name}-${device}-${colorScheme}.png`
      if (!fileName.includes(wanted)) continue
      const tab = await context.newPage()
      tab.on('pageerror', (error) => console.error(`${fileName}: ${error.message}`))
      await tab.goto(new URL(`preview${address}`, origin).href)
      await tab.locator('main').waitFor()
      await act?.(tab)
      await tab.evaluate(() => document.fonts.ready)
      await tab.screenshot({ path: `${folder}/${fileName}`, fullPage: isWhole })
      await tab.close()
    }
    await context.close()
  }
}
await browser.close()
await server.close()
