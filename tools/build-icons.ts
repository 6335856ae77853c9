import { readFile, writeFile } from 'node:fs/promises'
import { chromium } from 'playwright'
import { findChromium, headlessArgs } from './chromium.ts'

/** Draws the PNG icons of the app from the two SVG files in public/. Run it after changing them: `node tools/build-icons.ts`. */
const icons = [
  { source: 'icon.svg', target: 'icons/any-192.png', size: 192 },
  { source: 'icon.svg', target: 'icons/any-512.png', size: 512 },
  { source: 'icon-maskable.svg', target: 'icons/maskable-192.png', size: 192 },
  { source: 'icon-maskable.svg', target: 'icons/maskable-512.png', size: 512 },
  { source: 'icon-maskable.svg', target: 'icons/apple-touch-180.png', size: 180 },
]
const folder = new URL('../public/', import.meta.url)

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('No Chromium found: set CHROMIUM_PATH')
const browser = await chromium.launch({ executablePath, args: [...headlessArgs] })
const page = await browser.newPage()
for (const { source, target, size } of icons) {
  const svg = await readFile(new URL(source, folder), 'utf8')
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`)
  await writeFile(new URL(target, folder), await page.screenshot({ omitBackground: true }))
  console.log(`public/${target}`)
}
await browser.close()
