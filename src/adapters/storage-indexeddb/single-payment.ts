import { ZERO_TOKENS } from '../../domain/kernel/micro-tokens.ts'
import type { PaymentPhase, PaymentRecord, PurchaseRecord } from '../../ports/ledger-store.ts'

/** What version 1 of the ledger database kept: a payment for one delivery, all in one record. */
export interface SinglePayment extends Pick<
  PaymentRecord & PurchaseRecord,
  | 'payment'
  | 'direction'
  | 'counterparty'
  | 'amount'
  | 'fromCredit'
  | 'invoice'
  | 'items'
  | 'createdAtMs'
  | 'expiresAtMs'
  | 'question'
  | 'quoteWire'
  | 'certificateWire'
  | 'deliveryWire'
> {
  readonly phase: Exclude<PaymentPhase, 'returned'> | 'delivered' | 'reclaimed'
  readonly payWire: Uint8Array
  /** The payer's signature that everything came and fits. */
  readonly ack: Uint8Array | undefined
}

function toPhase(phase: SinglePayment['phase']): PaymentPhase {
  if (phase === 'delivered') return 'certified'
  return phase === 'reclaimed' ? 'returned' : phase
}

/** The payment of a single payment, and the purchase that is paid from it. */
export function splitSinglePayment(single: SinglePayment): {
  readonly payment: PaymentRecord
  readonly purchase: PurchaseRecord
} {
  const { payment, direction, counterparty, amount, createdAtMs, ack } = single
  const voucher = ack && { amount: undefined, signature: ack }
  const shared = { payment, direction, counterparty, createdAtMs, voucher }
  return {
    payment: {
      ...shared,
      kind: 'pay',
      amount,
      fromCredit: single.fromCredit,
      expiresAtMs: single.expiresAtMs,
      phase: toPhase(single.phase),
      entryWire: single.payWire,
      certificateWire: single.certificateWire,
      usedAtMs: createdAtMs,
    },
    purchase: {
      ...shared,
      invoice: single.invoice,
      items: single.items,
      price: amount,
      paid: ack === undefined ? ZERO_TOKENS : amount,
      question: single.question,
      quoteWire: single.quoteWire,
      deliveryWire: single.deliveryWire,
    },
  }
}
