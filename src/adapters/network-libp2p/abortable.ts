import { LoremeshError, isLoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'

/** What became of a promise, or why the signal fired (`aborted` or `timeout`) as soon as it does. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(toLoremeshError(signal.reason))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
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
