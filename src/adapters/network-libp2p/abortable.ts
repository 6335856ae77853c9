import { LoremeshError, isLoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'

/** What became of a promise, or why the signal fired (`aborted` or `timeout`) as soon as it does. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(toLoremeshError(signal.reason))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * What became of a promise, or `timeout` after `ms`, or why the signal fired. Unlike with a deadline no timer stays behind,
 * so that it is good for many short waits.
 */
export function withinTime<T>(
  promise: Promise<T>,
  {
    clock,
    ms,
    signal,
  }: { readonly clock: Pick<Clock, 'every'>; readonly ms: number; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = signal === undefined ? promise : abortable(promise, signal)
    const stop = clock.every(ms, () => {
      stop()
      reject(new LoremeshError('timeout', 'No answer within the time limit', 'Try again'))
    })
    settled.finally(stop).then(resolve, reject)
  })
}

/** An error of libp2p as the network port names it: `aborted`, `timeout`, `unsupported`, else `not-connected`. */
export function toNetworkError(error: unknown, doing: string): LoremeshError {
  if (isLoremeshError(error)) return error
  const name = error instanceof Error ? error.name : ''
  // A WebSocket that fails throws its event, which says nothing.
  const detail = error instanceof Error && error.message !== '' ? `: ${error.message}` : ''
  switch (name) {
    case 'AbortError':
      return new LoremeshError('aborted', `${doing} was stopped`, '', { cause: error })
    case 'TimeoutError':
      return new LoremeshError('timeout', `${doing} took too long`, 'Try again', { cause: error })
    case 'UnsupportedProtocolError':
      return new LoremeshError('unsupported', `${doing} failed: the peer does not speak this protocol`, '', {
        cause: error,
      })
    default:
      return new LoremeshError('not-connected', `${doing} failed${detail}`, 'Try again in a moment', {
        cause: error,
      })
  }
}
