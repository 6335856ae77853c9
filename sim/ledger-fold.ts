import { bytesToHexText } from '../src/domain/kernel/bytes.ts'
import type { AccountState, Payment } from '../src/domain/ledger/account-state.ts'
import { applyEntry } from '../src/domain/ledger/apply-entry.ts'
import type { LedgerLookup } from '../src/domain/ledger/effect.ts'
import type { EntryHash, SignedEntry } from '../src/domain/ledger/entry.ts'
import { asVerified } from '../test/support/reference-verifier.ts'

/** Everything that there is, in µT. */
export interface FoldSums {
  readonly balance: bigint
  readonly credit: bigint
  readonly locked: bigint
  readonly stake: bigint
  readonly pending: bigint
  readonly drawn: bigint
  readonly pool: bigint
  readonly minted: bigint
  readonly entryCount: number
}

/** A ledger that is folded from entries and lapses alone. */
export interface LedgerFold {
  readonly states: ReadonlyMap<string, AccountState>
  readonly payments: ReadonlyMap<EntryHash, Payment>
  sums(): FoldSums
  /** Applies an entry whose signatures were verified. Gives the payments that it settled; throws what `applyEntry` throws. */
  apply(signed: SignedEntry): readonly Payment[]
  /** What a checkpoint does with a payment; gives what it was before. */
  lapse(payment: EntryHash): Payment | undefined
}

/** A ledger that begins as a copy of another one, or empty, and in which checkpoints are as `lookup` says. */
export function createLedgerFold(lookup: Omit<LedgerLookup, 'payment'>, from?: LedgerFold): LedgerFold {
  const states = new Map<string, AccountState>(from?.states)
  const payments = new Map<EntryHash, Payment>(from?.payments)
  const full: LedgerLookup = { ...lookup, payment: (hash) => payments.get(hash) }
  const { entryCount: entriesBefore = 0, ...sumsBefore } = from?.sums() ?? {}
  const sums = {
    balance: 0n,
    credit: 0n,
    locked: 0n,
    stake: 0n,
    pending: 0n,
    drawn: 0n,
    pool: 0n,
    minted: 0n,
    ...sumsBefore,
  }
  let entryCount = entriesBefore

  function count(state: AccountState | undefined, sign: bigint): void {
    if (state === undefined) return
    for (const field of ['balance', 'credit', 'locked', 'stake'] as const) sums[field] += sign * state[field]
  }

  function countPayment(payment: Payment | undefined, sign: bigint): void {
    if (payment === undefined) return
    const { kind, state, amount, claimed } = payment
    if (kind === 'pay' && (state === 'open' || state === 'lapsed')) sums.pending += sign * amount
    if (kind === 'reserve' && state === 'claimed') sums.drawn += sign * claimed
  }

  function put(payment: Payment): void {
    countPayment(payments.get(payment.hash), -1n)
    payments.set(payment.hash, payment)
    countPayment(payment, 1n)
  }

  return {
    states,
    payments,
    sums: () => ({ ...sums, entryCount }),
    apply(signed) {
      const account = bytesToHexText(signed.entry.account)
      const before = states.get(account)
      const { state, payments: changed, minted, toPool } = applyEntry(before, asVerified(signed), full)
      count(before, -1n)
      count(state, 1n)
      states.set(account, state)
      for (const payment of changed) put(payment)
      sums.minted += minted
      sums.pool += toPool
      entryCount += 1
      return changed
    },
    lapse(hash) {
      const payment = payments.get(hash)
      if (payment?.state === 'open') put({ ...payment, state: 'lapsed' })
      return payment
    },
  }
}

/** Whether what is held, on its way and in the pool is exactly what was minted. */
export function areConserved(sums: FoldSums): boolean {
  const { balance, credit, locked, stake, pending, drawn, pool, minted } = sums
  return balance + credit + locked + stake + pending + pool - drawn === minted
}

/** Whether something is less than nothing. */
export function hasNegative(sums: FoldSums): boolean {
  return Object.values(sums).some((amount) => amount < 0)
}
