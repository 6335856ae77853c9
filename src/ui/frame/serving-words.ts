import type { ServingState } from '../../peer/serving.ts'
import { formatBytes } from '../format.ts'
import type { WakeLockState } from '../shell.ts'

/** What was sent to others today, as a sentence, and what follows from it; empty while there is no peer. */
export function describeUpload(serving: ServingState | undefined): string {
  if (serving === undefined) return ''
  const sent = `${formatBytes(serving.uploadedTodayBytes)} went out today.`
  return serving.pause === 'daily-volume' ? `${sent} Nobody is served until the day ends.` : sent
}

/** What the device runs on, as a sentence, and what follows from it; empty while there is no peer. */
export function describePower(serving: ServingState | undefined): string {
  if (serving === undefined) return ''
  if (serving.pause === 'battery') return 'It runs on battery now, so nobody is served.'
  switch (serving.power) {
    case 'battery':
      return 'It runs on battery now.'
    case 'mains':
      return 'It is plugged in now.'
    case 'unknown':
      return 'This browser does not say what it runs on, so others are served always.'
  }
}

/** Whether the screen is kept on, as a sentence; empty where there is nothing to say. */
export function describeWakeLock(state: WakeLockState): string {
  switch (state) {
    case 'off':
      return ''
    case 'held':
      return 'The screen stays on now.'
    case 'refused':
      return 'The browser does not allow it at the moment; it is asked again when this tab comes to the front.'
    case 'unsupported':
      return 'This browser can’t do it.'
  }
}
