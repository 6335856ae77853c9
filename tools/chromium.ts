import { existsSync } from 'node:fs'

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Path of a Chromium to test with: `CHROMIUM_PATH`, else the first of the usual places that exists. */
export function findChromium(): string | undefined {
  const candidates = [process.env['CHROMIUM_PATH'], ...usualPlaces]
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path))
}

/** Flags under which a headless Chromium runs anywhere, as root too, and asks no server of its maker for anything. */
export const headlessArgs: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
