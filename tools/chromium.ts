import { spawnSync } from 'node:child_process'
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

/** Path of a Chromium, installed with the system's package manager if there is none; ends the process if that fails. */
export function requireChromium(): string {
  const found = findChromium() ?? installChromium()
  if (found !== undefined) return found
  console.error(
    'The tests need Chromium: install it (Debian: sudo apt-get install chromium) or set CHROMIUM_PATH to one.',
  )
  process.exit(1)
}

/** Installs Debian's package where that is possible without asking for anything. */
function installChromium(): string | undefined {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return undefined
  console.error('No Chromium found: installing the package "chromium" …')
  spawnSync('apt-get', ['update'], { stdio: 'ignore' })
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return findChromium()
}

/** Flags under which WebGPU is there without a graphics processor, for tests of what uses it. */
export const softwareGpuArgs: readonly string[] = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
]

/** Flags under which a headless Chromium runs anywhere, as root too, and asks no server of its maker for anything. */
export const headlessArgs: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
