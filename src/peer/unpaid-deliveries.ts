import type { PeerId } from '../domain/identity/account.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Clock } from '../ports/clock.ts'

/** Time that a payer has to send a voucher before its delivery ends: less than payers wait for the next context. */
const VOUCHER_TIMEOUT_MS = 4_000
const MAX_PAYERS = 4_096

interface Debt {
  readonly amount: bigint
  /** Since when the payer owes something. */
  readonly sinceMs: number
}

/** What was delivered to payers and is not vouched for, whatever reserve it was meant to be paid from. */
export interface UnpaidDeliveries {
  /** In µT; negative for a payer that has paid in advance. */
  of(payer: PeerId): bigint
  /**
   * Adds a delivery as soon as it fits within the credit line, which is asked for anew after every voucher. Throws
   * `payment-required` when no voucher comes in time, `aborted` when it is not wanted any more.
   */
  add(
    payer: PeerId,
    price: MicroTokens,
    options: { readonly creditLine: () => Promise<bigint>; readonly isWanted: () => boolean },
  ): Promise<void>
  pay(payer: PeerId, amount: MicroTokens): void
  /** Has deliveries that wait for the payer's voucher look whether they are wanted still. */
  wake(payer: PeerId): void
}

/**
 * Creates the account of debts, in memory. A debt is forgiven `forgiveAfterMs` after it has arisen: a delivery may have
 * been lost with its link, and nobody pays for what did not come.
 */
export function createUnpaidDeliveries(
  { clock }: { readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'abortable'> },
  options: { readonly forgiveAfterMs: number },
): UnpaidDeliveries {
  /** The payer that has dealt with this peer longest ago first. */
  const debts = new Map<PeerId, Debt>()
  /** Who waits for a payer's next voucher. */
  const waiting = new Map<PeerId, Set<() => void>>()
  /** How often somebody was woken. */
  let wakings = 0

  function known(payer: PeerId): Debt {
    const debt = debts.get(payer)
    const now = clock.nowMs()
    return debt === undefined || debt.sinceMs + options.forgiveAfterMs <= now
      ? { amount: 0n, sinceMs: now }
      : debt
  }

  function change(payer: PeerId, amountOf: (before: bigint) => bigint): void {
    const before = known(payer)
    const amount = amountOf(before.amount)
    debts.delete(payer)
    if (amount !== 0n) {
      debts.set(payer, { amount, sinceMs: before.amount > 0n ? before.sinceMs : clock.nowMs() })
    }
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
      return // Somebody woke it.
    } finally {
      waiters.delete(timer.abort)
      if (waiters.size === 0) waiting.delete(payer)
    }
    throw new LoremeshError('payment-required', 'No voucher came for what was delivered')
  }

  function wake(payer: PeerId): void {
    wakings += 1
    for (const stopWaiting of waiting.get(payer) ?? []) stopWaiting()
  }

  return {
    of: (payer) => known(payer).amount,
    wake,
    pay(payer, amount) {
      change(payer, (before) => before - amount)
      wake(payer)
    },
    async add(payer, price, { creditLine, isWanted }) {
      for (;;) {
        const before = wakings
        const line = await creditLine()
        if (!isWanted()) throw new LoremeshError('aborted', 'The payer has stopped the delivery')
        if (known(payer).amount + price <= line) {
          change(payer, (amount) => amount + price)
          return
        }
        // A voucher that came meanwhile may have made the line longer.
        if (wakings === before) await waitForVoucher(payer)
      }
    },
  }
}
