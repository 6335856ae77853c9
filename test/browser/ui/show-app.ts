import { onTestFinished } from 'vitest'
import { mountApp } from '../../../src/ui/mount.ts'
import type { SettingsValues } from '../../../src/ui/settings.ts'
import type { Shell, ShellState } from '../../../src/ui/shell.ts'
import { createSampleShell } from '../../support/sample-shell.ts'

/** Shows the app in a state at an address such as `#/wallet` until the test is over. */
export function showApp(state: ShellState, address: string, settings: Partial<SettingsValues> = {}): Shell {
  location.hash = address
  const target = document.createElement('div')
  document.body.append(target)
  const shell = createSampleShell(state, settings)
  const takeAway = mountApp(target, shell)
  onTestFinished(async () => {
    await takeAway()
    target.remove()
  })
  return shell
}
