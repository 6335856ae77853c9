import { sumTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { isSpend, type Entry } from '../domain/ledger/entry.ts'
import type { LedgerRecord, PaymentRecord } from '../ports/ledger-store.ts'
import type { WalletShares } from './wallet-state.ts'

/** The amounts that an account can spend. */
export type Spendable = Pick<Entry, 'balance' | 'credit'>

export const noShares: WalletShares = {
  balance: 0n,
  credit: 0n,
  reserved: 0n,
  pendingOut: 0n,
  pendingIn: 0n,
}

/** Whether the tokens of an own entry count: those that leave at once, those that come once it is certified. */
export function counts({ signed, certificateWire }: LedgerRecord): boolean {
  return certificateWire !== undefined || isSpend(signed.entry)
}

/** Sums of shares. */
export function addShares(all: Iterable<WalletShares>): WalletShares {
  let sum = noShares
  for (const { balance, credit, reserved, pendingOut, pendingIn } of all) {
    sum = {
      balance: sum.balance + balance,
      credit: sum.credit + credit,
      reserved: sum.reserved + reserved,
      pendingOut: sum.pendingOut + pendingOut,
      pendingIn: sum.pendingIn + pendingIn,
    }
  }
  return sum
}

/** What is still on its way of a payment or reserve. What the payee did not claim in time is about to come back. */
export function paymentShares({
  direction,
  kind,
  phase,
  amount,
  voucher,
}: Pick<PaymentRecord, 'direction' | 'kind' | 'phase' | 'amount' | 'voucher'>): WalletShares {
  const owed = kind === 'reserve' ? (voucher?.amount ?? ZERO_TOKENS) : amount
  const isOpen = phase === 'signed' || phase === 'certified'
  if (direction === 'in') {
    return isOpen && voucher !== undefined ? { ...noShares, pendingIn: owed } : noShares
  }
  if (isOpen) return { ...noShares, reserved: amount - owed, pendingOut: owed }
  if (phase === 'lapsed') return { ...noShares, reserved: amount }
  // Of a reserve that was claimed the rest is to be released; a payment is claimed whole.
  return phase === 'claimed' && kind === 'reserve' ? { ...noShares, reserved: amount - owed } : noShares
}

/**
 * What an entry's operation by itself adds to what can be spent, given the change of credit, which nothing else changes.
 * Undefined when it takes back a payment that is not known here.
 */
export function flowOf(
  { operation }: Entry,
  creditChange: bigint,
  settled: PaymentRecord | undefined,
): bigint | undefined {
  switch (operation.type) {
    case 'open':
      return 0n
    case 'collect':
      return creditChange
    case 'pay':
      return 0n - operation.amount
    case 'reserve':
      return 0n - operation.cap
    case 'claim':
    case 'release':
      return operation.amount
    case 'reclaim':
      return settled?.amount
  }
}

/** Sum of what can be spent. */
export function spendable({ balance, credit }: Spendable): MicroTokens {
  return sumTokens([balance, credit])
}
