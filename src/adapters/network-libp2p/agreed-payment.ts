import { bytesEqual } from '../../domain/kernel/bytes.ts'
import type { Payment } from '../../domain/ledger/account-state.ts'

const stages = { open: 0, claimed: 1, lapsed: 1, returned: 2 } as const satisfies Record<
  Payment['state'],
  number
>

/**
 * How far a payment has come for sure: the furthest that at least `needed` answers say it has come, or has come beyond.
 * An authority may be behind the others, so honest answers differ. Undefined when not so many know the payment.
 */
export function agreedPayment(
  answers: readonly (Payment | undefined)[],
  needed: number,
): Payment | undefined {
  const known = answers.filter((answer) => answer !== undefined)
  return known
    .filter((payment) => known.filter((other) => hasComeTo(other, payment)).length >= needed)
    .reduce<Payment | undefined>(
      (best, next) => (best !== undefined && stages[best.state] >= stages[next.state] ? best : next),
      undefined,
    )
}

/** Whether a payment that stands at `later` stood at `earlier` once, or stands there. */
function hasComeTo(later: Payment, earlier: Payment): boolean {
  if (!isSamePayment(later, earlier)) return false
  if (later.state === earlier.state) return later.claimed === earlier.claimed
  switch (earlier.state) {
    case 'open':
      return true
    case 'claimed':
      return later.state === 'returned' && later.claimed === earlier.claimed
    case 'lapsed':
      return later.state === 'returned' && later.claimed === 0n
    case 'returned':
      return false
  }
}

function isSamePayment(a: Payment, b: Payment): boolean {
  return (
    a.hash === b.hash &&
    a.kind === b.kind &&
    bytesEqual(a.payer, b.payer) &&
    bytesEqual(a.payee, b.payee) &&
    a.amount === b.amount &&
    a.fromCredit === b.fromCredit &&
    a.expiresAtMs === b.expiresAtMs
  )
}
