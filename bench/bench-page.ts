import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright'
import { build } from 'vite'
import { backgroundTimers } from '../tools/background-timers.ts'
import { buildSettings } from '../tools/build-settings.ts'
import { headlessArgs, requireChromium } from '../tools/chromium.ts'
import { fixWebrtcInitChannel } from '../tools/fix-webrtc-init-channel.ts'

/** The built page of measuring tabs, in a folder that a server can serve. */
export interface BenchPage {
  readonly directory: string
  remove(): void
}

/** Builds the page of a folder beside this file; that of a whole peer unless told. */
export async function buildBenchPage(folder = 'tab'): Promise<BenchPage> {
  const directory = await mkdtemp(join(tmpdir(), 'loremesh-bench-'))
  await build({
    root: resolve(import.meta.dirname, folder),
    configFile: false,
    plugins: [fixWebrtcInitChannel(), backgroundTimers()],
    ...buildSettings,
    logLevel: 'error',
    build: { ...buildSettings.build, outDir: directory, emptyOutDir: true },
  })
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Starts the headless Chromium that measuring tabs run in. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: requireChromium(), args: [...headlessArgs] })
}

/** Opens the page of a peer in a browser profile; `onPage` may watch it before it loads. */
export function openBenchTab(
  context: BrowserContext,
  url: string,
  onPage?: (page: Page) => void,
): Promise<Page> {
  return openPage(context, url, 'bench', onPage)
}

/** Opens a page that says by a global of this name that it has loaded. */
export async function openPage(
  context: BrowserContext,
  url: string,
  global: string,
  onPage: (page: Page) => void = () => undefined,
): Promise<Page> {
  const page = await context.newPage()
  onPage(page)
  await page.goto(url)
  await page.waitForFunction((name) => name in window, global)
  return page
}
