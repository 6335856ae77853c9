import type { PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { bytesToHexText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Voucher } from '../domain/ledger/entry.ts'
import type { QuoteItem, SignedQuote } from '../domain/ledger/quote.ts'
import { signVoucher } from '../domain/ledger/voucher.ts'
import type { Clock } from '../ports/clock.ts'
import type { PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import type { Taking } from '../ports/network.ts'
import type { LedgerView } from './ledger-view.ts'
import type { PayerSession } from './payer-sessions.ts'
import type { BookChange, PaymentBooks } from './payment-books.ts'

/** The vouchers of one delivery. */
export interface PayingOut {
  /** A context came and fits its hash. */
  received(item: QuoteItem): void
  /** Whether the provider would wait before it sends the next context; after the last one (undefined) always. */
  isDue(next: QuoteItem | undefined): boolean
  /**
   * Signs, keeps and sends a voucher for everything received, and in advance for what the credit line does not cover, as
   * far as the provider is trusted. Throws `already-claimed` when it can't be paid from the reserve any more,
   * `payment-required` when that is too small.
   */
  pay(next: QuoteItem | undefined): Promise<void>
  /** What has been paid for and has not come, in µT. */
  advanced(): bigint
  /** Keeps the provider's statement of the whole delivery. */
  conclude(deliveryWire: Uint8Array): Promise<void>
}

/** Begins to pay for a delivery from the session's reserve; what happens is kept as a purchase. */
export function createPayingOut(
  components: {
    readonly identity: Pick<Identity, 'sign'>
    readonly books: PaymentBooks
    readonly clock: Pick<Clock, 'nowMs'>
    readonly view: Pick<LedgerView, 'parameters'>
    readonly taking: Pick<Taking, 'pay'>
  },
  delivery: {
    readonly provider: PeerId
    readonly session: PayerSession
    readonly quote: SignedQuote
    readonly question: string
    /** What this provider was paid in advance in earlier deliveries, and did not deliver. */
    readonly lost: bigint
  },
): PayingOut {
  const { identity, books, clock, view, taking } = components
  const { session, quote } = delivery
  let purchase: PurchaseRecord = {
    invoice: bytesToHexText(quote.invoice),
    payment: session.reserve,
    direction: 'out',
    counterparty: delivery.provider,
    items: quote.quote.items,
    price: quote.quote.price,
    paid: ZERO_TOKENS,
    voucher: undefined,
    createdAtMs: clock.nowMs(),
    question: delivery.question,
    quoteWire: quote.wire,
    deliveryWire: undefined,
  }
  let received = ZERO_TOKENS

  /**
   * The most that is paid for what has not come. A provider is trusted with the network's credit line, as it trusts a
   * newcomer, or with what that line does not cover of a dearer context; what it has kept for nothing is taken off.
   */
  function mostInAdvance({ price }: QuoteItem): bigint {
    const { creditLine } = view.parameters()
    const trusted = price > 2n * creditLine ? price - creditLine : creditLine
    return trusted > delivery.lost ? trusted - delivery.lost : 0n
  }

  /**
   * What must have been paid before the provider sends `next`. Each µT that is paid makes the unpaid part smaller by one
   * and the provider's credit line longer by one, so that half of what the line does not cover is enough.
   */
  function due(next: QuoteItem | undefined): MicroTokens {
    if (next === undefined) return received
    const uncovered = received + next.price - session.terms.creditLine
    const needed = uncovered > 0n ? (uncovered + 1n) / 2n : 0n
    const most = received + mostInAdvance(next)
    return toMicroTokens(needed < most ? needed : most)
  }

  /** Keeps what `decide` makes of the reserve's newest record, and a new state of the purchase with it. */
  async function keep(decide: (payment: PaymentRecord) => BookChange): Promise<PaymentRecord> {
    let kept = purchase
    const payment = await books.change(session.reserve, (record) => {
      if (record === undefined) throw new LoremeshError('internal', 'The reserve is not recorded')
      const change = decide(record)
      kept = change.purchase ?? purchase
      return change
    })
    if (payment === undefined) throw new LoremeshError('internal', 'The reserve is not recorded')
    purchase = kept
    return payment
  }

  return {
    received(item) {
      received = sumTokens([received, item.price])
    },
    isDue: (next) => due(next) > purchase.paid,
    advanced: () => (purchase.paid > received ? purchase.paid - received : 0n),
    async pay(next) {
      const paid = due(next) > received ? due(next) : received
      // Kept first: who forgot what it has signed would pay it again.
      const { voucher } = await keep((payment) => {
        const before = payment.voucher?.amount ?? ZERO_TOKENS
        const newest = signWithin(payment, toMicroTokens(before + paid - purchase.paid))
        return {
          payment: { ...payment, voucher: newest, usedAtMs: clock.nowMs() },
          purchase: { ...purchase, paid, voucher: newest },
        }
      })
      if (voucher !== undefined) await taking.pay(voucher)
    },
    async conclude(deliveryWire) {
      await keep((payment) => ({ payment, purchase: { ...purchase, deliveryWire } }))
    },
  }

  function signWithin({ payment, phase, amount: cap }: PaymentRecord, amount: MicroTokens): Voucher {
    if (phase !== 'signed' && phase !== 'certified') {
      throw new LoremeshError('already-claimed', 'The peer has claimed the reserve of this session already')
    }
    if (amount > cap) {
      throw new LoremeshError('payment-required', 'The reserve does not cover this delivery')
    }
    return signVoucher(identity, payment, amount)
  }
}
