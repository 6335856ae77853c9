import { createWritable, type Readable } from '../domain/kernel/readable.ts'
import type { WakeLockState } from '../ui/shell.ts'

/** Keeps the screen on for as long as it is wanted. */
export interface ScreenWakeLock {
  readonly state: Readable<WakeLockState>
  want(isWanted: boolean): void
}

type Page = Pick<Document, 'visibilityState' | 'addEventListener'>

/** Creates it for a page; the browser lets go of the lock whenever the page is hidden, and it is taken again afterwards. */
export function createScreenWakeLock(api: Pick<WakeLock, 'request'> | undefined, page: Page): ScreenWakeLock {
  const state = createWritable<WakeLockState>(api === undefined ? 'unsupported' : 'off')
  let isWanted = false
  let lock: WakeLockSentinel | undefined
  let asking = false

  async function adjust(): Promise<void> {
    if (api === undefined || asking) return
    if (!isWanted) {
      const held = lock
      lock = undefined
      state.set('off')
      await held?.release()
      return
    }
    if (lock !== undefined || page.visibilityState === 'hidden') return
    asking = true
    try {
      lock = await api.request('screen')
      lock.addEventListener('release', onRelease, { once: true })
      state.set('held')
    } catch {
      state.set('refused')
    } finally {
      asking = false
    }
    // It may not be wanted any more.
    if (state.get() === 'held') await adjust()
  }

  function onRelease(): void {
    if (lock === undefined) return
    lock = undefined
    state.set('refused')
  }

  page.addEventListener('visibilitychange', () => void adjust())
  return {
    state,
    want(wanted) {
      isWanted = wanted
      void adjust()
    },
  }
}
