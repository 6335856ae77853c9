import type { Clock } from '../ports/clock.ts'

/** Counts how long somebody who is waited for has said nothing. */
export interface SilenceWatch {
  /** Resolves when the silence has lasted long enough. */
  readonly lasted: Promise<undefined>
  /** Something came: the silence is over. */
  heard(): void
  /** Somebody else is waited for: nothing counts until something is heard. */
  pause(): void
  stop(): void
}

/** Watches from now on. After each `stepMs` of silence `isEnough` is asked with how long it has lasted, in ms. */
export function createSilenceWatch(
  clock: Pick<Clock, 'monotonicMs' | 'sleep' | 'abortable'>,
  options: { readonly stepMs: number; readonly isEnough: (silentMs: number) => boolean },
): SilenceWatch {
  const { stepMs, isEnough } = options
  const stopper = clock.abortable()
  let isPaused = false
  let heardAtMs = clock.monotonicMs()

  async function watch(): Promise<void> {
    for (let waitMs = stepMs; ;) {
      await clock.sleep(waitMs, stopper.signal)
      const silentMs = isPaused ? 0 : clock.monotonicMs() - heardAtMs
      if (silentMs >= stepMs && isEnough(silentMs)) return
      waitMs = stepMs - (silentMs % stepMs)
    }
  }

  return {
    // Once it is stopped, nobody waits for it.
    lasted: new Promise((resolve) => {
      watch().then(
        () => resolve(undefined),
        () => undefined,
      )
    }),
    heard() {
      isPaused = false
      heardAtMs = clock.monotonicMs()
    },
    pause() {
      isPaused = true
    },
    stop: stopper.abort,
  }
}
