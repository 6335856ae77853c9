import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const replacements = fileURLToPath(
  new URL('../src/adapters/system-tab/background-timers.ts', import.meta.url),
)

/** The packages of the peer network, and those that they wait with. */
const networkPackages =
  /\/node_modules\/(?:@libp2p\/|libp2p\/|(?:it|race)-[\w-]+\/|p-(?:queue|retry|timeout|wait-for)\/|retimeable-signal\/)/

/** What each of a window's timer functions is in `background-timers.ts`. */
const names = {
  setTimeout: 'setTimeout',
  setInterval: 'setInterval',
  clearTimeout: 'clearTimer',
  clearInterval: 'clearTimer',
} as const

/** What stands for `AbortSignal.timeout`: a name that no module has for anything of its own. */
const TIMEOUT_SIGNAL = 'loremeshTimeoutSignal'

/**
 * A module of the peer network whose timers go on while the tab is hidden: an import takes the place of each timer function
 * of the window that it calls. Undefined when there is nothing to do.
 */
export function withBackgroundTimers(code: string, id: string): string | undefined {
  if (!networkPackages.test(id)) return undefined
  const used = Object.entries(names).filter(([name]) =>
    new RegExp(`(?<![\\w$.])${name}(?![\\w$])`).test(code),
  )
  const imported = used.map(([name, exported]) => (name === exported ? name : `${exported} as ${name}`))
  const mended = code.replaceAll(/(?<![\w$.])AbortSignal\.timeout(?=\()/g, TIMEOUT_SIGNAL)
  if (mended !== code) imported.push(`timeoutSignal as ${TIMEOUT_SIGNAL}`)
  if (imported.length === 0) return undefined
  return `import { ${imported.join(', ')} } from ${JSON.stringify(replacements)};${mended}`
}

/**
 * Lets the timers of libp2p keep their pace in hidden tabs, in what Vite builds. A build that bundles libp2p fails when none
 * was found: then its modules have moved.
 */
export function backgroundTimers(): Plugin {
  let bundlesLibp2p = false
  let changed = 0
  return {
    name: 'loremesh-background-timers',
    apply: 'build',
    transform(code, id) {
      bundlesLibp2p ||= id.includes('/node_modules/libp2p/')
      const mended = withBackgroundTimers(code, id)
      if (mended === undefined) return undefined
      changed += 1
      return { code: mended, map: null }
    },
    buildEnd() {
      if (bundlesLibp2p && changed === 0)
        this.error('No timers of libp2p were found to run in the background')
    },
  }
}
