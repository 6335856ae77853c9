import type { Readable } from '../domain/kernel/readable.ts'

/**
 * The same value, told at most once in `everyMs`: a change at once when there was none for that long, else the newest of
 * them when the time is up. For lists that change faster than a screen of many rows can be laid out again.
 */
export function paced<T>(source: Readable<T>, everyMs: number): Readable<T> {
  return {
    subscribe(run) {
      let pause: ReturnType<typeof setTimeout> | undefined
      let waiting: { readonly value: T } | undefined
      let isSubscribed = false

      function tell(value: T): void {
        waiting = undefined
        pause = setTimeout(() => {
          pause = undefined
          if (waiting !== undefined) tell(waiting.value)
        }, everyMs)
        run(value)
      }

      const stop = source.subscribe((value) => {
        if (!isSubscribed) run(value)
        else if (pause === undefined) tell(value)
        else waiting = { value }
      })
      isSubscribed = true
      return () => {
        stop()
        clearTimeout(pause)
      }
    },
  }
}
