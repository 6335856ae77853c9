import type { Sleep } from '../../peer/wake-watch.ts'
import { formatDuration } from '../format.ts'

/** Says that the tab was asleep, and what follows. */
export function describeSleep({ durationMs }: Sleep): string {
  return `This tab slept for ${formatDuration(durationMs)}. It is connecting to the network again.`
}
