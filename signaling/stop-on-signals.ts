import { toLoremeshError } from '../src/domain/kernel/errors.ts'
import type { Log } from './log.ts'

const LONGEST_STOP_MS = 20_000
/** One press of Ctrl-C may come twice: from the terminal, and passed on by npm. */
const ONE_PRESS_MS = 1_000

/**
 * Stops on the first signal; another one later, or a stop that hangs, ends the process at once. The function that it gives
 * does what a signal of this name would do.
 */
export function stopOnSignals(
  { log, nowMs }: { readonly log: Log; readonly nowMs: () => number },
  stop: () => Promise<void>,
): (signal: string) => void {
  let stoppingSinceMs: number | undefined

  function onSignal(signal: string): void {
    if (stoppingSinceMs !== undefined) {
      if (nowMs() > stoppingSinceMs + ONE_PRESS_MS) process.exit(1)
      return
    }
    stoppingSinceMs = nowMs()
    log('info', 'stopping', { signal })
    setTimeout(() => process.exit(1), LONGEST_STOP_MS).unref()
    stop().then(
      () => {
        log('info', 'stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log('error', 'stop failed', { reason: toLoremeshError(error).message })
        process.exit(1)
      },
    )
  }

  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return onSignal
}
