import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright'
import { headlessArgs, requireChromium } from '../../tools/chromium.ts'
import { killBrowser } from './kill-browser.ts'
import { openTabIn, tabOptions, type Tab } from './tabs.ts'

/** A browser profile that outlasts its browser, as a person's does. */
export interface Profile {
  readonly context: BrowserContext
  /** A tab of the profile; whether it leads depends on the others. */
  openTab(url: string): Promise<Tab>
  /** Ends the browser and starts it again, without any tab of before. */
  restart(): Promise<void>
  /** Kills the browser's processes, as a crash would, and starts it again. */
  crash(): Promise<void>
  /** Ends the browser and deletes the profile. */
  close(): Promise<void>
}

/** Starts a headless Chromium with a profile of its own. */
export async function startProfile(): Promise<Profile> {
  const directory = mkdtempSync(join(tmpdir(), 'loremesh-profile-'))
  const launch = () =>
    chromium.launchPersistentContext(directory, {
      ...tabOptions,
      executablePath: requireChromium(),
      args: [...headlessArgs],
    })
  let context = await launch()
  return {
    get context() {
      return context
    },
    openTab: (url) => openTabIn(context, url),
    async restart() {
      await context.close()
      context = await launch()
    },
    async crash() {
      const gone = new Promise<void>((resolve) => context.once('close', () => resolve()))
      killBrowser(directory)
      await gone
      context = await launch()
    },
    async close() {
      await context.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
