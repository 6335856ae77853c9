import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { sumTokens, toMicroTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import type { Payment } from './account-state.ts'
import {
  badEntry,
  creditShare,
  unchanged,
  type Effect,
  type LedgerLookup,
  type OperationOf,
  type Standing,
} from './effect.ts'
import type { EntryHash, Voucher } from './entry.ts'

/** Throws `bad-entry` unless a claim names different payments, each with its voucher. */
export function checkClaim({ sources, vouchers }: OperationOf<'claim'>): void {
  const isSound =
    sources.length > 0 && sources.length === vouchers.length && new Set(sources).size === sources.length
  if (!isSound) throw badEntry('A claim names different payments, each with its voucher')
}

/** A payee takes what payers owe it. What came from credit arrives as credit, so that spend-only tokens stay such. */
export function claimEffect(
  standing: Standing,
  claim: OperationOf<'claim'>,
  timestampMs: number,
  lookup: LedgerLookup,
): Effect {
  checkClaim(claim)
  const { sources, vouchers, amount } = claim
  const settled = sources.map((source, at): Payment => {
    const payment = requireOpen(source, lookup)
    if (!bytesEqual(payment.payee, standing.account)) throw badEntry('The payment is for another account')
    if (timestampMs >= payment.expiresAtMs) throw expired()
    return { ...payment, claimed: claimable(payment, vouchers[at]), state: 'claimed' }
  })
  if (amount !== sumTokens(settled.map((payment) => payment.claimed))) {
    throw badEntry('The amount of the claim is not the sum of its vouchers')
  }
  const credit = sumTokens(settled.map(claimedCredit))
  return { ...receive(standing, amount, credit), settled }
}

/** A payer takes back a payment that lapsed. */
export function reclaimEffect(
  standing: Standing,
  reclaim: OperationOf<'reclaim'>,
  lookup: LedgerLookup,
): Effect {
  const payment = requireOwn(standing, reclaim.payment, 'pay', lookup)
  if (payment.state === 'open') throw notLapsed()
  if (payment.state !== 'lapsed') throw settledBefore(payment)
  const settled: readonly Payment[] = [{ ...payment, state: 'returned' }]
  return { ...receive(standing, payment.amount, payment.fromCredit), settled }
}

/** A payer takes back what was not claimed of a reserve, once it was claimed or lapsed. */
export function releaseEffect(
  standing: Standing,
  { reserve, amount }: OperationOf<'release'>,
  lookup: LedgerLookup,
): Effect {
  const payment = requireOwn(standing, reserve, 'reserve', lookup)
  if (payment.state === 'open') throw notLapsed()
  if (payment.state === 'returned') throw settledBefore(payment)
  if (amount !== releasable(payment)) throw badEntry('The amount is not the rest of the reserve')
  return {
    ...receive(standing, amount, toMicroTokens(payment.fromCredit - claimedCredit(payment))),
    locked: toMicroTokens(standing.locked - payment.amount),
    settled: [{ ...payment, state: 'returned' }],
  }
}

/** What a payee gets with the voucher. Throws `bad-entry` for a voucher of the other kind or above a reserve's cap. */
export function claimable(
  payment: Pick<Payment, 'kind' | 'amount'>,
  voucher: Voucher | undefined,
): MicroTokens {
  const isReserve = payment.kind === 'reserve'
  if (voucher === undefined || (voucher.amount !== undefined) !== isReserve) {
    throw badEntry('A payment is claimed with its acknowledgement, a reserve with a voucher')
  }
  if (voucher.amount === undefined) return payment.amount
  if (voucher.amount === 0n || voucher.amount > payment.amount) {
    throw badEntry('The voucher is for nothing, or for more than the reserve holds')
  }
  return voucher.amount
}

/** What a payer gets back of a reserve that nobody can claim any more. */
export function releasable({ amount, claimed }: Payment): MicroTokens {
  return toMicroTokens(amount - claimed)
}

function claimedCredit({ claimed, fromCredit }: Payment): MicroTokens {
  return creditShare({ credit: fromCredit }, claimed)
}

function receive(standing: Standing, total: MicroTokens, credit: MicroTokens): Effect {
  return {
    ...unchanged(standing),
    balance: toMicroTokens(standing.balance + total - credit),
    credit: sumTokens([standing.credit, credit]),
  }
}

function requireOpen(hash: EntryHash, lookup: LedgerLookup): Payment {
  const payment = requirePayment(hash, lookup)
  if (payment.state !== 'open') throw settledBefore(payment)
  return payment
}

function requireOwn(
  standing: Standing,
  hash: EntryHash,
  kind: Payment['kind'],
  lookup: LedgerLookup,
): Payment {
  const payment = requirePayment(hash, lookup)
  if (payment.kind !== kind) throw badEntry('A payment is reclaimed, a reserve is released')
  if (!bytesEqual(payment.payer, standing.account)) throw badEntry('The payment was made by another account')
  return payment
}

/** The payment that a certified entry made. Throws `not-found`. */
export function requirePayment(hash: EntryHash, lookup: Pick<LedgerLookup, 'payment'>): Payment {
  const payment = lookup.payment(hash)
  if (payment !== undefined) return payment
  throw new LoremeshError('not-found', `No payment ${hash} is certified`, 'Wait until its entry is certified')
}

function settledBefore({ state }: Payment): LoremeshError {
  switch (state) {
    case 'claimed':
      return new LoremeshError('already-claimed', 'The payee has claimed this payment already')
    case 'returned':
      return new LoremeshError('expired', 'The payer has taken this payment back already')
    case 'lapsed':
    case 'open':
      return expired()
  }
}

function expired(): LoremeshError {
  return new LoremeshError('expired', 'The payment was not claimed in time', 'It goes back to its payer')
}

function notLapsed(): LoremeshError {
  return new LoremeshError(
    'not-ready',
    'The payee may still claim the payment',
    'Wait until a checkpoint says that it has lapsed',
  )
}
