import { toLoremeshError } from '../../src/domain/kernel/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'

/**
 * The life of a process, as what it calls sees it: once it is over, nothing that it calls has an effect or comes back, as
 * after a power cut. What happened before stays.
 */
export interface Life {
  /** Ends it. */
  end(): void
  /** What lies outside of the process, for it to call. */
  mortal<T extends object>(port: T): T
  /** The time, for the process to see and to wait for. */
  mortalClock<T extends Clock>(clock: T): T
  /** A call of something outside of the process. */
  pass<T>(name: string, call: () => Promise<T>): Promise<T>
  /** A call of somebody else into the process; fails with `gone` when it does not live until the answer. */
  visit<T>(call: () => Promise<T>): Promise<T>
}

/** Begins a life. `onStep` is told of every call to the outside, before it is made and after it was. */
export function beginLife(events: {
  readonly onStep: (call: string, moment: 'before' | 'after') => void
  readonly gone: () => Error
}): Life {
  const ending = new AbortController()
  const { signal } = ending

  function unlessOver<T>(result: T): T | Promise<T> {
    return signal.aborted ? forever() : result
  }

  async function pass<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (signal.aborted) return forever()
    events.onStep(name, 'before')
    if (isOver()) return forever()
    try {
      const result = await call()
      if (isOver()) return await forever()
      events.onStep(name, 'after')
      return await unlessOver(result)
    } catch (error) {
      if (isOver()) return forever()
      throw error
    }
  }

  function isOver(): boolean {
    return signal.aborted
  }

  return {
    end: () => ending.abort(),
    pass,
    mortal: (port) =>
      new Proxy(port, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function') return value
          return (...parameters: unknown[]) =>
            pass(String(name), () => Promise.resolve(Reflect.apply(value, target, parameters) as unknown))
        },
      }),
    mortalClock: (clock) => ({
      ...clock,
      sleep: (ms, stop) => (isOver() ? forever() : clock.sleep(ms, stop).then(unlessOver, rejectUnlessOver)),
      every(ms, run) {
        const stop = clock.every(ms, () => {
          if (isOver()) stop()
          else run()
        })
        return stop
      },
    }),
    async visit(call) {
      if (isOver()) throw events.gone()
      let leave: () => void = () => undefined
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(events.gone())
        signal.addEventListener('abort', leave, { once: true })
      })
      try {
        return await Promise.race([call(), left])
      } finally {
        signal.removeEventListener('abort', leave)
      }
    },
  }

  function rejectUnlessOver(error: unknown): Promise<never> {
    return isOver() ? forever() : Promise.reject(toLoremeshError(error))
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined)
}
