import type { ErrorCode } from '../kernel/errors.ts'

/**
 * Codes with which an authority refuses an entry for good: asking it again, or later, brings the same answer. Everything
 * else says that it can't tell (yet), so that the entry may still become certified.
 */
const finalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'account-frozen',
  'already-claimed',
  'already-granted',
  'bad-certificate',
  'bad-encoding',
  'bad-entry',
  'bad-signature',
  'conflicting-entry',
  'expired',
  'insufficient-balance',
  'message-too-large',
  'unsupported',
  'void-place',
])

/** Whether a refusal with this code is for good. */
export function isFinalRefusal(code: ErrorCode): boolean {
  return finalCodes.has(code)
}
