const errorCodes = [
  'aborted',
  'account-frozen',
  'already-claimed',
  'already-granted',
  'already-running',
  'authority-unreachable',
  'bad-certificate',
  'bad-checkpoint',
  'bad-content',
  'bad-document',
  'bad-encoding',
  'bad-entry',
  'bad-input',
  'bad-proof',
  'bad-signature',
  'bad-utf8',
  'conflicting-entry',
  'conflicting-invoice',
  'expired',
  'forbidden',
  'grants-exhausted',
  'insufficient-balance',
  'internal',
  'message-too-large',
  'no-provider',
  'not-connected',
  'not-found',
  'not-ready',
  'not-serving',
  'payment-required',
  'price-above-limit',
  'rate-limited',
  'storage-full',
  'timeout',
  'truncated',
  'unauthorized',
  'unavailable',
  'unknown-parent',
  'unsupported',
  'void-place',
] as const

/** Every reason for which Loremesh refuses or fails, as a stable name that programs can compare. */
export type ErrorCode = (typeof errorCodes)[number]

/** The code that another peer named, or `internal` for one that this version doesn't know. */
export function parseErrorCode(text: string): ErrorCode {
  return errorCodes.find((code) => code === text) ?? 'internal'
}

/** A refusal or failure with a stable `code`, a message for people, and a hint that says what to do. */
export class LoremeshError extends Error {
  override readonly name = 'LoremeshError'
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, hint = '', options?: { readonly cause?: unknown }) {
    super(message)
    if (options?.cause !== undefined) this.cause = options.cause
    this.code = code
    this.hint = hint
  }
}

/** True for a `LoremeshError`, with `code` when one is named. Compares by name, so it holds across bundles and workers. */
export function isLoremeshError(error: unknown, code?: ErrorCode): error is LoremeshError {
  return (
    error instanceof Error &&
    error.name === 'LoremeshError' &&
    (code === undefined || ('code' in error && error.code === code))
  )
}

/** The error itself when it is a `LoremeshError`, else an `internal` (or `aborted`, `timeout`) one around it. */
export function toLoremeshError(error: unknown): LoremeshError {
  if (isLoremeshError(error)) return error
  if (error instanceof Error && error.name === 'AbortError') {
    return new LoremeshError('aborted', 'The operation was stopped', '', { cause: error })
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new LoremeshError('timeout', 'No answer within the time limit', 'Try again', { cause: error })
  }
  const message = error instanceof Error ? error.message : String(error)
  return new LoremeshError('internal', message, '', { cause: error })
}
