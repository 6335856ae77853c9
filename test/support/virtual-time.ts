/** Chance that is the same for the same seed (mulberry32). */
export interface Dice {
  chance(probability: number): boolean
  /** An integer from `min` to `max`. */
  between(min: number, max: number): number
  pick<T>(list: readonly T[]): T
}

/** Dice of a seed. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    chance: (probability) => next() < probability,
    between,
    pick: (list) => {
      const item = list[between(0, list.length - 1)]
      if (item === undefined) throw new RangeError('Nothing to pick from')
      return item
    },
  }
}

/** Time that passes only by running what was planned in it. */
export interface VirtualTime {
  nowMs(): number
  after(ms: number, event: () => void): void
  /** Runs one event after another until `isOver`, nothing is left to run, or `endMs` is reached. */
  run(endMs: number, isOver: () => boolean): void
}

/** Time at 0 in which nothing is planned. */
export function createVirtualTime(): VirtualTime {
  let nowMs = 0
  /** The next one last; of those at one moment, the one planned first. */
  const planned: { readonly atMs: number; readonly event: () => void }[] = []
  return {
    nowMs: () => nowMs,
    after: (ms, event) => {
      const atMs = nowMs + ms
      let low = 0
      let high = planned.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((planned[middle]?.atMs ?? 0) > atMs) low = middle + 1
        else high = middle
      }
      planned.splice(low, 0, { atMs, event })
    },
    run: (endMs, isOver) => {
      while (!isOver()) {
        const next = planned.pop()
        if (next === undefined || next.atMs > endMs) return
        nowMs = next.atMs
        next.event()
      }
    },
  }
}
