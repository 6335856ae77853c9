import type { Sleep } from '../peer/wake-watch.ts'

const STORAGE_KEY = 'loremesh:awake'

/**
 * Notes that this tab is awake, `nowMs` being in ms since 1970; to be called again and again, so that a page that the browser
 * discards without a word can say later how long it was away.
 */
export function noteAwake(storage: Pick<Storage, 'setItem'>, nowMs: number): void {
  try {
    storage.setItem(STORAGE_KEY, String(nowMs))
  } catch {
    // Nothing is said then.
  }
}

/** The time since the tab was awake last; undefined when that is not known. To be asked when the browser has brought it back. */
export function sleepUntil(nowMs: number, storage: Pick<Storage, 'getItem'>): Sleep | undefined {
  try {
    const lastMs = Number(storage.getItem(STORAGE_KEY) ?? Number.NaN)
    return lastMs > 0 && lastMs < nowMs ? { endedAtMs: nowMs, durationMs: nowMs - lastMs } : undefined
  } catch {
    return undefined
  }
}
