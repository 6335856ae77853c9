import { setImmediate } from 'node:timers/promises'
import { createTimerClock } from '../src/adapters/system-tab/timer-clock.ts'
import type { Clock } from '../src/ports/clock.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'

/**
 * Virtual time: everything that happens is an event at a moment, and events run one after another, each with all that
 * follows from it.
 */
export interface Scheduler {
  readonly random: SeededRandom
  /** Events that ran so far. */
  readonly steps: number
  nowMs(): number
  /** Runs `event` after `ms`, unless the returned function is called before. An event gives `idle` when nothing followed. */
  after(ms: number, event: () => unknown): () => void
  /** Has the time stand still until a task is done that waits for more than promises. */
  during<T>(task: () => Promise<T>): Promise<T>
  /** Runs all that is due within the next `ms`, in order. */
  advance(ms: number): Promise<void>
}

/** What an event gives from which nothing can follow, so that the next one may run at once. */
export const idle = Symbol('idle')

interface Planned {
  readonly atMs: number
  /** Of events at one moment, the one planned first comes first. */
  readonly order: number
  event: (() => unknown) | undefined
}

const START_MS = 1_767_225_600_000
/** Turns of the event loop after which an event must have come to rest. */
const MAX_TURNS = 100_000

/** A scheduler whose events and whose chance depend on nothing but the seed. */
export function createScheduler(seed: number): Scheduler {
  const queue = createQueue()
  let nowMs = START_MS
  let planned = 0
  let steps = 0
  let underWay = 0

  /** Between two turns of the event loop all promises settle, save those that wait for a database. */
  async function rest(): Promise<void> {
    for (let turns = 0; turns < MAX_TURNS; turns++) {
      await setImmediate()
      if (underWay === 0) return
    }
    throw new Error('The simulation does not come to rest')
  }

  return {
    random: createSeededRandom(seed),
    get steps() {
      return steps
    },
    nowMs: () => nowMs,
    after(ms, event) {
      // Whole milliseconds, as timers and clocks have them.
      const plan: Planned = { atMs: nowMs + Math.ceil(ms), order: planned++, event }
      queue.add(plan)
      return () => (plan.event = undefined)
    },
    async during(task) {
      underWay += 1
      try {
        return await task()
      } finally {
        underWay -= 1
      }
    },
    async advance(ms) {
      const endMs = nowMs + ms
      await rest()
      for (let next = queue.takeUntil(endMs); next !== undefined; next = queue.takeUntil(endMs)) {
        const { event } = next
        if (event === undefined) continue
        nowMs = next.atMs
        steps += 1
        if (event() !== idle) await rest()
      }
      nowMs = endMs
    },
  }
}

/** A clock of a process that is wrong by `skewMs`. */
export function createVirtualClock({ nowMs, after }: Scheduler, skewMs: number): Clock {
  return createTimerClock({ nowMs: () => nowMs() + skewMs, monotonicMs: nowMs, after })
}

/** A binary heap, the next event at its top. */
function createQueue() {
  const heap: Planned[] = []

  const isBefore = (a: Planned, b: Planned): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

  function swapIfBefore(child: number, parent: number): boolean {
    const [lower, upper] = [heap[child], heap[parent]]
    if (lower === undefined || upper === undefined || !isBefore(lower, upper)) return false
    heap[child] = upper
    heap[parent] = lower
    return true
  }

  function rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1
      if (!swapIfBefore(at, parent)) return
      at = parent
    }
  }

  function sink(): void {
    for (let at = 0; ;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
      if (left === undefined) return
      const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
      if (!swapIfBefore(child, at)) return
      at = child
    }
  }

  return {
    add(plan: Planned): void {
      heap.push(plan)
      rise(heap.length - 1)
    },
    /** The next event, if it is due by then. */
    takeUntil(endMs: number): Planned | undefined {
      const [next] = heap
      if (next === undefined || next.atMs > endMs) return undefined
      const last = heap.pop()
      if (last !== undefined && heap.length > 0) {
        heap[0] = last
        sink()
      }
      return next
    },
  }
}
