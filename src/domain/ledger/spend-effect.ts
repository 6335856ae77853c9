import type { Account } from '../identity/account.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import {
  formatTokens,
  sumTokens,
  toMicroTokens,
  ZERO_TOKENS,
  type MicroTokens,
} from '../kernel/micro-tokens.ts'
import type { Payment } from './account-state.ts'
import { badEntry, creditShare, unchanged, type Effect, type OperationOf, type Standing } from './effect.ts'
import type { Genesis } from './genesis.ts'

/** A payment leaves the account until it is claimed or comes back. */
export function payEffect(
  standing: Standing,
  { to, amount, fromCredit, expiresAtMs }: OperationOf<'pay'>,
  timestampMs: number,
  genesis: Genesis,
): Effect {
  const opened = openPayment('pay', standing, { to, amount, fromCredit, expiresAtMs }, timestampMs, genesis)
  return { ...take(standing, opened), opened }
}

/** A reserve stays in the account, locked for the payee. */
export function reserveEffect(
  standing: Standing,
  { to, cap, fromCredit, expiresAtMs }: OperationOf<'reserve'>,
  timestampMs: number,
  genesis: Genesis,
): Effect {
  const terms = { to, amount: cap, fromCredit, expiresAtMs }
  const opened = openPayment('reserve', standing, terms, timestampMs, genesis)
  return { ...take(standing, opened), locked: sumTokens([standing.locked, cap]), opened }
}

function openPayment(
  kind: Payment['kind'],
  standing: Standing,
  terms: {
    readonly to: Account
    readonly amount: MicroTokens
    readonly fromCredit: MicroTokens
    readonly expiresAtMs: number
  },
  timestampMs: number,
  genesis: Genesis,
): Omit<Payment, 'hash'> {
  const { balance, credit, account } = standing
  const { to, amount, fromCredit, expiresAtMs } = terms
  if (bytesEqual(to, account)) throw badEntry('An account cannot pay itself')
  if (amount === 0n) throw badEntry('A payment is more than 0')
  if (expiresAtMs <= timestampMs || expiresAtMs > timestampMs + genesis.paymentWindowMs) {
    throw badEntry(`A payment ends within ${genesis.paymentWindowMs} ms after its entry`)
  }
  if (amount > balance + credit) {
    throw new LoremeshError(
      'insufficient-balance',
      `The payment takes ${formatTokens(amount)} tokens, the account has ${formatTokens(balance + credit)}`,
      'Share documents to earn tokens, or ask for less',
    )
  }
  if (fromCredit !== creditShare(standing, amount)) throw badEntry('Credit is spent before free tokens')
  return {
    kind,
    payer: account,
    payee: to,
    amount,
    fromCredit,
    expiresAtMs,
    claimed: ZERO_TOKENS,
    state: 'open',
  }
}

function take(standing: Standing, { amount, fromCredit }: Omit<Payment, 'hash'>): Effect {
  return {
    ...unchanged(standing),
    balance: toMicroTokens(standing.balance + fromCredit - amount),
    credit: toMicroTokens(standing.credit - fromCredit),
  }
}
