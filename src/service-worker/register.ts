import { registerSW } from 'virtual:pwa-register'
import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { AppUpdate } from '../ui/shell.ts'

const HOUR_MS = 3_600_000

/**
 * Registers the service worker, which keeps the app for offline use, and looks for a newer version every hour. A newer
 * one waits until `apply`, which activates it and reloads; `beforeApply` may finish running work first.
 */
export function registerServiceWorker(
  beforeApply: () => Promise<void> = () => Promise.resolve(),
): Readable<AppUpdate> {
  let isApplying = false
  const apply = () => {
    if (isApplying) return
    isApplying = true
    void beforeApply().finally(() => activate(true))
  }
  const update = createWritable<AppUpdate>({ available: false, apply })
  reloadWithNewVersion()
  const activate = registerSW({
    onNeedReload: () => undefined,
    onNeedRefresh: () => update.set({ available: true, apply }),
    onRegisteredSW: (_address, registration) => {
      if (registration !== undefined) setInterval(() => void lookForUpdate(registration), HOUR_MS)
    },
  })
  // A part of this version is gone from the server: only the next version can go on.
  addEventListener('vite:preloadError', () => {
    update.set({ available: true, apply: () => location.reload() })
  })
  return update
}

/**
 * Reloads this tab once a newer version took over, whichever tab asked for it. The very first version takes over a page
 * that had none, which is no reason to reload.
 */
function reloadWithNewVersion(): void {
  if (!('serviceWorker' in navigator)) return
  let hasVersion = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (hasVersion) location.reload()
    hasVersion = true
  })
}

/** Being offline is no error here: the next hour comes. */
async function lookForUpdate(registration: ServiceWorkerRegistration): Promise<void> {
  if (navigator.onLine && registration.installing === null) await registration.update().catch(() => undefined)
}
