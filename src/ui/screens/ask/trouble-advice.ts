import type { ErrorCode } from '../../../domain/kernel/errors.ts'

/** What the screens offer to do about a problem with a question. */
export type TroubleAction = 'raise-limit' | 'earn' | null

/** The offer that fits a problem: another limit, or a way to more tokens. */
export function adviceFor(code: ErrorCode): TroubleAction {
  if (code === 'price-above-limit') return 'raise-limit'
  return code === 'insufficient-balance' || code === 'payment-required' ? 'earn' : null
}
