import type { PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { bytesToHexText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { QuoteItem, SignedQuote } from '../domain/ledger/quote.ts'
import { signVoucher } from '../domain/ledger/voucher.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import type { Taking } from '../ports/network.ts'
import type { PayerSession } from './payer-sessions.ts'

/** The vouchers of one delivery. */
export interface PayingOut {
  /** A context came and fits its hash. */
  received(item: QuoteItem): void
  /** Whether the provider would wait before it sends the next context; after the last one (undefined) always. */
  isDue(next: QuoteItem | undefined): boolean
  /** Signs, keeps and sends a voucher for everything received, and in advance for what the credit line does not cover. */
  pay(next: QuoteItem | undefined): Promise<void>
  /** Keeps the provider's statement of the whole delivery. */
  conclude(deliveryWire: Uint8Array): Promise<void>
}

/** Begins to pay for a delivery from the session's reserve; what happens is kept as a purchase. */
export async function createPayingOut(
  components: {
    readonly identity: Pick<Identity, 'sign'>
    readonly ledgerStore: LedgerStore
    readonly clock: Pick<Clock, 'nowMs'>
    readonly taking: Pick<Taking, 'pay'>
  },
  purchase: {
    readonly provider: PeerId
    readonly session: PayerSession
    readonly quote: SignedQuote
    readonly question: string
  },
): Promise<PayingOut> {
  const { identity, ledgerStore, clock, taking } = components
  const { session, quote } = purchase
  let payment = await requireReserve(ledgerStore, session)
  /** What the reserve owes without this delivery. */
  const before = payment.voucher?.amount ?? ZERO_TOKENS
  let record: PurchaseRecord = {
    invoice: bytesToHexText(quote.invoice),
    payment: session.reserve,
    direction: 'out',
    counterparty: purchase.provider,
    items: quote.quote.items,
    price: quote.quote.price,
    paid: ZERO_TOKENS,
    voucher: undefined,
    createdAtMs: clock.nowMs(),
    question: purchase.question,
    quoteWire: quote.wire,
    deliveryWire: undefined,
  }
  let received = ZERO_TOKENS

  /** The line grows by what this payer has paid, as the provider counts it. */
  function creditLine(): bigint {
    return session.terms.creditLine + record.paid
  }

  /** What must be vouched for before the provider sends `next`. */
  function due(next: QuoteItem | undefined): MicroTokens {
    if (next === undefined) return received
    const uncovered = received + next.price - creditLine()
    return uncovered > 0n ? toMicroTokens(uncovered) : ZERO_TOKENS
  }

  async function keep(): Promise<void> {
    await ledgerStore.putPurchase(record, payment)
  }

  return {
    received(item) {
      received = sumTokens([received, item.price])
    },
    isDue: (next) => due(next) > record.paid,
    async pay(next) {
      const paid = due(next) > received ? due(next) : received
      const amount = sumTokens([before, paid])
      if (amount > payment.amount) {
        throw new LoremeshError('payment-required', 'The reserve does not cover this delivery')
      }
      const voucher = signVoucher(identity, session.reserve, amount)
      record = { ...record, paid, voucher }
      payment = { ...payment, voucher, usedAtMs: clock.nowMs() }
      // Kept first: who forgot what it has signed would pay it again.
      await keep()
      await taking.pay(voucher)
    },
    async conclude(deliveryWire) {
      record = { ...record, deliveryWire }
      await keep()
    },
  }
}

async function requireReserve(ledgerStore: LedgerStore, session: PayerSession): Promise<PaymentRecord> {
  const payment = await ledgerStore.getPayment(session.reserve)
  if (payment === undefined) throw new LoremeshError('internal', 'The reserve is not recorded')
  return payment
}
