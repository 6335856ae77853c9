import type { PeerId } from '../domain/identity/account.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'

/** Time that a payer has to send a voucher before its delivery ends: less than payers wait for the next context. */
const VOUCHER_TIMEOUT_MS = 4_000
const MAX_PAYERS = 4_096

interface Debt {
  readonly amount: bigint
  /** Since when the payer owes something. */
  readonly sinceMs: number
  /** What it owed longer ago. */
  readonly forgiven: bigint
}

/** What was delivered to payers and is not vouched for, whatever reserve it was meant to be paid from. */
export interface UnpaidDeliveries {
  /** Remembers what earlier runs have delivered to a payer; to be called before anything else is done with it. */
  recall(payer: PeerId): Promise<void>
  /** In µT; negative for a payer that has paid in advance. */
  of(payer: PeerId): bigint
  /** What the payer owed that is not counted any more, in µT: a loss, as far as it is known. */
  forgiven(payer: PeerId): MicroTokens
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
 * Creates the account of debts, in memory; those of earlier runs are made of the sales in `ledgerStore`. A debt is forgiven
 * `forgiveAfterMs` after it has arisen: a delivery may have been lost with its link, and nobody pays for what did not
 * come. Whoever makes credit lines longer for what was paid has to take off what was forgiven, or it is lost again and again.
 */
export function createUnpaidDeliveries(
  {
    clock,
    ledgerStore,
  }: {
    readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'abortable'>
    readonly ledgerStore: Pick<LedgerStore, 'listPayments' | 'listPurchases'>
  },
  options: { readonly forgiveAfterMs: number },
): UnpaidDeliveries {
  /** The payer that has dealt with this peer longest ago first. */
  const debts = new Map<PeerId, Debt>()
  /** Who waits for a payer's next voucher. */
  const waiting = new Map<PeerId, Set<() => void>>()
  /** How often somebody was woken. */
  let wakings = 0

  function known(payer: PeerId): Debt {
    const now = clock.nowMs()
    const debt = debts.get(payer) ?? { amount: 0n, sinceMs: now, forgiven: 0n }
    return debt.sinceMs + options.forgiveAfterMs <= now
      ? { amount: 0n, sinceMs: now, forgiven: debt.forgiven + debt.amount }
      : debt
  }

  function keep(payer: PeerId, debt: Debt): void {
    debts.delete(payer)
    debts.set(payer, debt)
    const [oldest] = debts.keys()
    if (debts.size > MAX_PAYERS && oldest !== undefined) debts.delete(oldest)
  }

  function change(payer: PeerId, amountOf: (before: bigint) => bigint): void {
    const before = known(payer)
    const sinceMs = before.amount > 0n ? before.sinceMs : clock.nowMs()
    keep(payer, { ...before, amount: amountOf(before.amount), sinceMs })
  }

  /** What was delivered from stored reserves of a payer beyond the vouchers that count. */
  async function stored(payer: PeerId): Promise<Debt> {
    const now = clock.nowMs()
    let debt: Debt = { amount: 0n, sinceMs: now, forgiven: 0n }
    for (const record of await ledgerStore.listPayments({ direction: 'in', counterparty: payer })) {
      if (record.kind !== 'reserve') continue
      const sales = await ledgerStore.listPurchases({ payment: record.payment })
      const [newest] = sales
      const vouched = record.phase === 'lapsed' ? 0n : (record.voucher?.amount ?? 0n)
      const rest = sumTokens(sales.map(({ price }) => price)) - vouched
      if (newest === undefined || rest <= 0n) continue
      const { createdAtMs } = newest
      debt =
        createdAtMs + options.forgiveAfterMs <= now
          ? { ...debt, forgiven: debt.forgiven + rest }
          : { ...debt, amount: debt.amount + rest, sinceMs: Math.min(debt.sinceMs, createdAtMs) }
    }
    return debt
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
    async recall(payer) {
      if (debts.has(payer)) return
      const debt = await stored(payer)
      if (!debts.has(payer)) keep(payer, debt)
    },
    of: (payer) => known(payer).amount,
    forgiven(payer) {
      const { forgiven } = known(payer)
      return forgiven > 0n ? toMicroTokens(forgiven) : ZERO_TOKENS
    },
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
