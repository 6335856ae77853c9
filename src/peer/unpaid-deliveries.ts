import type { PeerId } from '../domain/identity/account.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Clock } from '../ports/clock.ts'

/** Time that a payer has to send a voucher before its delivery ends: less than payers wait for the next context. */
const VOUCHER_TIMEOUT_MS = 4_000
const MAX_PAYERS = 4_096

interface Debt {
  readonly amount: bigint
  readonly sinceMs: number
}

/** What was delivered to payers and is not vouched for, whatever reserve it was meant to be paid from. */
export interface UnpaidDeliveries {
  /** In µT; negative for a payer that has paid in advance. */
  of(payer: PeerId): bigint
  add(payer: PeerId, price: MicroTokens): void
  pay(payer: PeerId, amount: MicroTokens): void
  /**
   * Resolves as soon as `price` more fits within the credit line, which is asked for anew after every voucher. Throws
   * `payment-required` when no voucher comes in time.
   */
  waitForRoom(payer: PeerId, price: MicroTokens, creditLine: () => Promise<MicroTokens>): Promise<void>
}

/**
 * Creates the account of debts, in memory. What is not paid is forgiven after `forgiveAfterMs`: a delivery may have been
 * lost with its link, and nobody pays for what did not come.
 */
export function createUnpaidDeliveries(
  { clock }: { readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'abortable'> },
  options: { readonly forgiveAfterMs: number },
): UnpaidDeliveries {
  const debts = new Map<PeerId, Debt>()
  /** Who waits for a payer's next voucher. */
  const waiting = new Map<PeerId, Set<() => void>>()

  function of(payer: PeerId): bigint {
    const debt = debts.get(payer)
    return debt === undefined || debt.sinceMs + options.forgiveAfterMs <= clock.nowMs() ? 0n : debt.amount
  }

  function set(payer: PeerId, amount: bigint): void {
    debts.delete(payer)
    if (amount !== 0n) debts.set(payer, { amount, sinceMs: clock.nowMs() })
    const [oldest] = debts.keys()
    if (debts.size > MAX_PAYERS && oldest !== undefined) debts.delete(oldest)
  }

  async function waitForVoucher(payer: PeerId): Promise<void> {
    const timer = clock.abortable()
    const waiters = waiting.get(payer) ?? new Set()
    waiting.set(payer, waiters)
    waiters.add(timer.abort)
    try {
      await clock.sleep(VOUCHER_TIMEOUT_MS, timer.signal)
    } catch {
      return // The voucher came.
    } finally {
      waiters.delete(timer.abort)
      if (waiters.size === 0) waiting.delete(payer)
    }
    throw new LoremeshError('payment-required', 'No voucher came for what was delivered')
  }

  return {
    of,
    add: (payer, price) => set(payer, of(payer) + price),
    pay(payer, amount) {
      set(payer, of(payer) - amount)
      for (const wake of waiting.get(payer) ?? []) wake()
    },
    async waitForRoom(payer, price, creditLine) {
      while (of(payer) + price > (await creditLine())) await waitForVoucher(payer)
    },
  }
}
