import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { AppInstall } from '../ui/shell.ts'

/** What Chromium sends when the app can be installed (not yet among TypeScript's own types). */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>
}

/** Keeps the browser's offer to install the app until the user wants it. */
export function watchInstall(): Readable<AppInstall> {
  const none: AppInstall = { available: false, prompt: () => undefined }
  const install = createWritable(none)
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    install.set({
      available: true,
      prompt() {
        install.set(none)
        void (event as InstallEvent).prompt()
      },
    })
  })
  addEventListener('appinstalled', () => install.set(none))
  return install
}
