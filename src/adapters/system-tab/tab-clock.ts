import type { Clock } from '../../ports/clock.ts'
import { tabTimers } from './tab-timers.ts'
import { createTimerClock } from './timer-clock.ts'

/** The clock of a tab. Its timers go on at their own pace while the tab is hidden. */
export function createTabClock(): Clock {
  return createTimerClock({
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after: tabTimers().after,
  })
}
