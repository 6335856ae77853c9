import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'

/** What every clock does. `advance` lets that many milliseconds go by, or is absent where they go by alone. */
export function describeClock(
  name: string,
  openClock: () => { readonly clock: Clock; readonly advance?: (ms: number) => Promise<void> },
): void {
  describe(`clock ${name}`, () => {
    /** Runs `wait` and lets the time go by that it needs. */
    async function during<T>(
      wait: Promise<T>,
      ms: number,
      advance: ((ms: number) => Promise<void>) | undefined,
    ): Promise<T> {
      const [result] = await Promise.all([wait, advance?.(ms)])
      return result
    }

    it('knows the time since 1970 and a time that only grows', async () => {
      const { clock, advance } = openClock()
      expect(clock.nowMs()).toBeGreaterThan(Date.UTC(2025, 0, 1))
      const before = clock.monotonicMs()
      await during(clock.sleep(20), 20, advance)
      // Timers of browsers and Node fire up to a millisecond early.
      expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(19)
    })

    it('wakes sleepers in the order of their times', async () => {
      const { clock, advance } = openClock()
      const woken: string[] = []
      const late = clock.sleep(60).then(() => woken.push('late'))
      const early = clock.sleep(10).then(() => woken.push('early'))
      await during(Promise.all([late, early]), 60, advance)
      expect(woken).toEqual(['early', 'late'])
    })

    it('stops a sleep when its signal fires, and refuses one whose signal has fired', async () => {
      const { clock } = openClock()
      const controller = new AbortController()
      const sleep = clock.sleep(60_000, controller.signal)
      controller.abort()
      await expect(sleep).rejects.toMatchObject({ code: 'aborted' })
      await expect(clock.sleep(1, controller.signal)).rejects.toMatchObject({ code: 'aborted' })
    })

    it('fires a deadline with a TimeoutError', async () => {
      const { clock, advance } = openClock()
      const signal = clock.deadline(10)
      expect(signal.aborted).toBe(false)
      await during(whenAborted(signal), 10, advance)
      expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
    })

    it('fires a deadline as soon as the given signal does', () => {
      const { clock } = openClock()
      const controller = new AbortController()
      const signal = clock.deadline(60_000, controller.signal)
      controller.abort('stopped')
      expect(signal.reason).toBe('stopped')
    })

    it('makes signals that fire when they are told to', async () => {
      const { clock } = openClock()
      const { signal, abort } = clock.abortable()
      const sleep = clock.sleep(60_000, signal)
      expect(signal.aborted).toBe(false)
      abort()
      expect(signal.reason).toMatchObject({ name: 'AbortError' })
      await expect(sleep).rejects.toMatchObject({ code: 'aborted' })
    })

    it('makes signals that fire with another one', () => {
      const { clock } = openClock()
      const controller = new AbortController()
      const { signal } = clock.abortable(controller.signal)
      expect(signal.aborted).toBe(false)
      controller.abort('stopped')
      expect(signal.reason).toBe('stopped')
    })

    it('repeats until it is told to stop', async () => {
      const { clock, advance } = openClock()
      let runs = 0
      const thrice = new Promise<void>((resolve) => {
        const stop = clock.every(10, () => {
          runs += 1
          if (runs < 3) return
          stop()
          resolve()
        })
      })
      await during(thrice, 30, advance)
      await during(clock.sleep(30), 30, advance)
      expect(runs).toBe(3)
    })
  })
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
