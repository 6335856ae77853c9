import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { createWritable } from '../../src/domain/kernel/readable.ts'
import { createLanguageModelStore } from '../../src/ui/language-model.ts'
import { createSettings, type SettingsValues } from '../../src/ui/settings.ts'
import type { AppInstall, AppUpdate, Shell, ShellState, WakeLockState } from '../../src/ui/shell.ts'

/** A `Shell` in the given state whose settings last as long as it. */
export function createSampleShell(state: ShellState, settings: Partial<SettingsValues> = {}): Shell {
  const stored = new Map<string, string>()
  const kept = createSettings({
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
  })
  kept.change(settings)
  const languageModel = createLanguageModelStore({
    getItem: () => null,
    setItem: () => undefined,
    removeItem: () => undefined,
  })
  return {
    state: createWritable(state),
    update: createWritable<AppUpdate>({ available: false, apply: () => undefined }),
    install: createWritable<AppInstall>({ available: false, prompt: () => undefined }),
    settings: kept,
    wakeLock: createWritable<WakeLockState>('off'),
    languageModel,
    download: () =>
      Promise.reject(
        new LoremeshError(
          'forbidden',
          'This site does not let other pages read it',
          'Download the file and drop it here',
        ),
      ),
  }
}
