import { createTimerClock } from '../src/adapters/system-tab/timer-clock.ts'
import type { Clock } from '../src/ports/clock.ts'

/** Chance that is the same for the same seed. */
export interface SeededRandom {
  /** True with this probability. */
  chance(probability: number): boolean
  /** An integer from `min` to `max`. */
  between(min: number, max: number): number
  pick<T>(list: readonly T[]): T
  bytes(length: number): Uint8Array
}

/** Virtual time: everything that happens is an event at a moment, and events run one after another. */
export interface Scheduler {
  readonly random: SeededRandom
  readonly steps: number
  nowMs(): number
  /** Runs `event` after `ms`, unless the returned function is called before. */
  after(ms: number, event: () => void): () => void
  /** Runs all that is due within the next `ms`; `check` is called after each event and all that followed from it. */
  advance(ms: number, check: () => void): Promise<void>
}

/** What a process has as long as it is not killed. */
export interface Life {
  readonly alive: boolean
}

const START_MS = 1_767_225_600_000

/** A scheduler whose events and whose chance depend on nothing but the seed. */
export function createScheduler(seed: number): Scheduler {
  const random = createSeededRandom(seed)
  let nowMs = START_MS
  let steps = 0
  /** In the order in which they run. */
  const queue: { readonly atMs: number; readonly event: () => void }[] = []

  return {
    random,
    get steps() {
      return steps
    },
    nowMs: () => nowMs,
    after(ms, event) {
      const planned = { atMs: nowMs + ms, event }
      queue.splice(queue.findLastIndex(({ atMs }) => atMs <= planned.atMs) + 1, 0, planned)
      return () => {
        const at = queue.indexOf(planned)
        if (at >= 0) queue.splice(at, 1)
      }
    },
    async advance(ms, check) {
      const endMs = nowMs + ms
      for (let next = queue[0]; next !== undefined && next.atMs <= endMs; next = queue[0]) {
        queue.shift()
        nowMs = next.atMs
        next.event()
        // Promises are all that processes wait for besides events: before the next turn of the loop they have settled.
        await new Promise((resolve) => setImmediate(resolve))
        steps += 1
        check()
      }
      nowMs = endMs
    },
  }
}

/** A process's clock, wrong by `skewMs`; its timers end with the process. */
export function createVirtualClock({ nowMs, after }: Scheduler, life: Life, skewMs: number): Clock {
  return createTimerClock({
    nowMs: () => nowMs() + skewMs,
    monotonicMs: nowMs,
    after: (ms, run) =>
      after(ms, () => {
        if (life.alive) run()
      }),
  })
}

/** The component as a process sees it: once the process is killed, no call goes out and none that is under way returns. */
export function mortal<T extends object>(component: T, life: Life): T {
  return new Proxy(component, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          if (!life.alive) return
          const outcome = Promise.resolve(Reflect.apply(member, target, args) as unknown)
          outcome.then(
            (value) => life.alive && resolve(value),
            (error: unknown) => life.alive && reject(error as Error),
          )
        })
    },
  })
}

/** Mulberry32: 32 bits of state, good enough for chance, never for keys that matter. */
function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return {
    chance: (probability) => next() < probability,
    between,
    pick(list) {
      const picked = list[between(0, list.length - 1)]
      if (picked === undefined) throw new Error('Nothing to pick from')
      return picked
    },
    bytes: (length) => Uint8Array.from({ length }, () => between(0, 255)),
  }
}
