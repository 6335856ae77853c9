import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { withBackgroundTimers } from '../../../tools/background-timers.ts'

const id = '/app/node_modules/libp2p/dist/src/some-module.js'

it('imports each timer function that a module calls', () => {
  const code = 'const timer = setInterval(beat, 10); clearInterval(timer); object.setTimeout(1)'
  const changed = withBackgroundTimers(code, id) ?? ''
  expect(changed).toMatch(
    /^import \{ setInterval, clearTimer as clearInterval \} from ".*background-timers\.ts";/,
  )
  expect(changed.endsWith(code)).toBe(true)
})

it('takes the signals that fire after a time as well, whatever the module calls its own', () => {
  const changed = withBackgroundTimers('const timeoutSignal = any([AbortSignal.timeout(10)])', id) ?? ''
  expect(changed).toMatch(
    /^import \{ timeoutSignal as (\w+) \} from .*;const timeoutSignal = any\(\[\1\(10\)\]\)$/,
  )
})

it('leaves modules without timers and other packages as they are', () => {
  expect(withBackgroundTimers('export const one = 1', id)).toBeUndefined()
  expect(withBackgroundTimers('setTimeout(run, 1)', '/app/node_modules/dexie/dist/dexie.js')).toBeUndefined()
  expect(withBackgroundTimers('setTimeout(run, 1)', '/app/src/libp2p/main.ts')).toBeUndefined()
})

it.each([
  ['libp2p', 'connection-monitor.js', 'setInterval'],
  ['libp2p', 'connection-manager/dial-queue.js', 'timeoutSignal'],
  ['@libp2p/gossipsub', 'gossipsub.js', 'setTimeout'],
  ['@libp2p/circuit-relay-v2', 'transport/reservation-store.js', 'setTimeout'],
])('knows the timers of %s in %s', (name, file, imported) => {
  const path = fileURLToPath(new URL(`../../../node_modules/${name}/dist/src/${file}`, import.meta.url))
  expect(withBackgroundTimers(readFileSync(path, 'utf8'), path)).toMatch(
    new RegExp(`^import \\{[^}]*\\b${imported}\\b[^}]*\\} from`),
  )
})
