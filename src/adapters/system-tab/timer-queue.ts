/** Delays above this overflow a browser's timer, which then fires at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Any number of timers over one alarm. */
export interface TimerQueue {
  /** Calls `run` once after `ms`, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void
  /** Runs what is due; to be called when the alarm goes off. Once too often does no harm. */
  ring(): void
}

interface Timer {
  readonly id: number
  readonly atMs: number
  readonly run: () => void
}

/**
 * Timers that `setAlarm` is asked to wake: after so many milliseconds `ring` has to be called, and a later call replaces
 * an earlier one. It is asked only when a timer becomes the first one, so most cost it nothing.
 */
export function createTimerQueue(components: {
  readonly monotonicMs: () => number
  readonly setAlarm: (ms: number) => void
}): TimerQueue {
  const { monotonicMs, setAlarm } = components
  /** The first one first. */
  const timers: Timer[] = []
  let alarmAtMs = Infinity
  let lastId = 0

  function insert(timer: Timer): void {
    let at = timers.length
    for (
      let before = timers[at - 1];
      before !== undefined && before.atMs > timer.atMs;
      before = timers[at - 1]
    )
      at -= 1
    timers.splice(at, 0, timer)
  }

  function setNextAlarm(): void {
    const [first] = timers
    if (first === undefined || first.atMs >= alarmAtMs) return
    alarmAtMs = first.atMs
    // A browser leaves fractions of a millisecond off, and would ring before the time.
    setAlarm(Math.min(LONGEST_DELAY_MS, Math.max(0, Math.ceil(first.atMs - monotonicMs()))))
  }

  return {
    after(ms, run) {
      const timer = { id: ++lastId, atMs: monotonicMs() + Math.max(0, ms), run }
      insert(timer)
      setNextAlarm()
      return () => {
        const at = timers.indexOf(timer)
        if (at !== -1) timers.splice(at, 1)
      }
    },
    ring() {
      const now = monotonicMs()
      // What these start anew waits for the next alarm, however short its time is.
      const newest = lastId
      for (
        let [first] = timers;
        first !== undefined && first.atMs <= now && first.id <= newest;
        [first] = timers
      ) {
        timers.shift()
        runAlone(first.run)
      }
      alarmAtMs = Infinity
      setNextAlarm()
    },
  }
}

/** What a timer throws is reported as ever, and keeps no other one from running. */
function runAlone(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
