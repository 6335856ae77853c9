import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import {
  formatTokens,
  sumTokens,
  toMicroTokens,
  ZERO_TOKENS,
  type MicroTokens,
} from '../kernel/micro-tokens.ts'
import type { AccountState, Payment } from './account-state.ts'
import { verifyAck } from './ack.ts'
import type { EntryHash, Operation } from './entry.ts'
import type { Genesis } from './genesis.ts'
import { parseGrant, verifyGrant } from './grant.ts'

/** What an operation is judged by besides the account's own chain. */
export interface LedgerLookup {
  readonly genesis: Genesis
  /** The payment that a certified entry made; undefined for one that is not known or not certified. */
  payment(hash: EntryHash): Payment | undefined
}

/** The part of an account's state that operations work on. */
export type Standing = Pick<AccountState, 'account' | 'balance' | 'credit' | 'locked' | 'stake' | 'grants'>

/** What an operation changes. */
export interface Effect {
  readonly balance: MicroTokens
  readonly credit: MicroTokens
  readonly grants: readonly string[]
  /** The payment that it makes, named by the hash of its entry. */
  readonly opened?: Omit<Payment, 'hash'>
  /** Payments that it claims or takes back, in their new state. */
  readonly settled: readonly Payment[]
  /** Tokens that come into being. */
  readonly minted: MicroTokens
}

/** The standing of an account before its first entry. */
export function emptyStanding(account: AccountState['account']): Standing {
  return {
    account,
    balance: ZERO_TOKENS,
    credit: ZERO_TOKENS,
    locked: ZERO_TOKENS,
    stake: ZERO_TOKENS,
    grants: [],
  }
}

/**
 * The exact effect of an operation done at `timestampMs`. Throws why it is not allowed: `insufficient-balance`,
 * `already-claimed`, `already-granted`, `expired`, `not-found`, `not-ready`, `bad-signature`, `bad-certificate`,
 * `bad-entry`.
 */
export function operationEffect(
  standing: Standing,
  operation: Operation,
  timestampMs: number,
  lookup: LedgerLookup,
): Effect {
  switch (operation.type) {
    case 'open':
      return unchanged(standing)
    case 'pay':
      return payEffect(standing, operation, timestampMs, lookup.genesis)
    case 'reclaim':
      return reclaimEffect(standing, operation, timestampMs, lookup)
    case 'claim':
      return claimEffect(standing, operation, timestampMs, lookup)
    case 'collect':
      return collectEffect(standing, operation, lookup.genesis)
  }
}

/** The part of a payment of `amount` that comes from credit, which is spent first. */
export function creditShare(standing: Pick<Standing, 'credit'>, amount: MicroTokens): MicroTokens {
  return amount < standing.credit ? amount : standing.credit
}

type OperationOf<Type extends Operation['type']> = Extract<Operation, { type: Type }>

function unchanged({ balance, credit, grants }: Standing): Effect {
  return { balance, credit, grants, settled: [], minted: ZERO_TOKENS }
}

function payEffect(
  standing: Standing,
  pay: OperationOf<'pay'>,
  timestampMs: number,
  genesis: Genesis,
): Effect {
  const { balance, credit, account } = standing
  const { to, amount, fromCredit, expiresAtMs } = pay
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
    ...unchanged(standing),
    balance: toMicroTokens(balance + fromCredit - amount),
    credit: toMicroTokens(credit - fromCredit),
    opened: { payer: account, payee: to, amount, fromCredit, expiresAtMs, state: 'open' },
  }
}

function claimEffect(
  standing: Standing,
  claim: OperationOf<'claim'>,
  timestampMs: number,
  lookup: LedgerLookup,
): Effect {
  const { sources, vouchers, amount } = claim
  if (
    sources.length === 0 ||
    sources.length !== vouchers.length ||
    new Set(sources).size !== sources.length
  ) {
    throw badEntry('A claim names different payments, each with its voucher')
  }
  const settled = sources.map((source, index): Payment => {
    const payment = requireOpen(source, lookup)
    if (!bytesEqual(payment.payee, standing.account)) throw badEntry('The payment is for another account')
    if (timestampMs >= payment.expiresAtMs) {
      throw new LoremeshError('expired', 'The payment was not claimed in time', 'It goes back to its payer')
    }
    if (!verifyAck(payment.payer, source, vouchers[index] ?? new Uint8Array())) {
      throw new LoremeshError('bad-signature', 'The voucher is not signed by the payer')
    }
    return { ...payment, state: 'claimed' }
  })
  if (amount !== sumTokens(settled.map((payment) => payment.amount))) {
    throw badEntry('The amount of the claim is not the sum of its payments')
  }
  return { ...receive(standing, settled), settled }
}

function reclaimEffect(
  standing: Standing,
  reclaim: OperationOf<'reclaim'>,
  timestampMs: number,
  lookup: LedgerLookup,
): Effect {
  const payment = requireOpen(reclaim.payment, lookup)
  if (!bytesEqual(payment.payer, standing.account)) throw badEntry('The payment was made by another account')
  if (timestampMs < payment.expiresAtMs) {
    throw new LoremeshError(
      'not-ready',
      'The payee may still claim the payment',
      `Wait ${payment.expiresAtMs - timestampMs} ms`,
    )
  }
  const settled: Payment[] = [{ ...payment, state: 'reclaimed' }]
  return { ...receive(standing, settled), settled }
}

function collectEffect(standing: Standing, collect: OperationOf<'collect'>, genesis: Genesis): Effect {
  const signed = parseGrant(collect.grant)
  const { account, amount, id } = signed.grant
  if (!bytesEqual(account, standing.account)) throw badEntry('The grant is for another account')
  if (standing.grants.includes(id)) {
    throw new LoremeshError('already-granted', 'The account has collected this grant already')
  }
  verifyGrant(signed, genesis)
  return {
    ...unchanged(standing),
    credit: sumTokens([standing.credit, amount]),
    grants: [...standing.grants, id],
    minted: amount,
  }
}

/** Adds payments to a standing. What came from credit arrives as credit, so that spend-only tokens stay spend-only. */
function receive(standing: Standing, payments: readonly Payment[]): Effect {
  const credit = sumTokens(payments.map((payment) => payment.fromCredit))
  const total = sumTokens(payments.map((payment) => payment.amount))
  return {
    ...unchanged(standing),
    balance: toMicroTokens(standing.balance + total - credit),
    credit: sumTokens([standing.credit, credit]),
  }
}

function requireOpen(hash: EntryHash, lookup: LedgerLookup): Payment {
  const payment = lookup.payment(hash)
  if (payment === undefined) {
    throw new LoremeshError(
      'not-found',
      `No payment ${hash} is certified`,
      'Wait until its entry is certified',
    )
  }
  switch (payment.state) {
    case 'open':
      return payment
    case 'claimed':
      throw new LoremeshError('already-claimed', 'The payee has claimed this payment already')
    case 'reclaimed':
      throw new LoremeshError('expired', 'The payer has taken this payment back already')
  }
}

function badEntry(message: string): LoremeshError {
  return new LoremeshError('bad-entry', message)
}
