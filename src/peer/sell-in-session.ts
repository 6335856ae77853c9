import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { bytesToHexText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens, toMicroTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { EntryHash, Voucher } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { SignedQuote } from '../domain/ledger/quote.ts'
import { voucherSignature } from '../domain/ledger/voucher.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import type { Serving, SessionOpening, SessionTerms, TakeRequest } from '../ports/network.ts'
import type { IncomingReserves } from './incoming-reserves.ts'
import type { PaymentBooks } from './payment-books.ts'
import type { SaleContents } from './sale-contents.ts'
import { createUnpaidDeliveries } from './unpaid-deliveries.ts'

/** The provider's side of sessions. */
export interface SessionSeller {
  /** Opens a session. Throws what `IncomingReserves.open` throws. */
  onSession(opening: SessionOpening, from: PeerId): Promise<SessionTerms>
  /**
   * Begins a delivery. Throws `payment-required` when the reserve does not cover it, what `IncomingReserves.forSale` and
   * what `SaleContents` throw.
   */
  onTake(request: TakeRequest, from: PeerId): Promise<Serving>
  /**
   * Takes a voucher; one that is not newer than those before changes nothing. Throws `bad-input`, `bad-signature`, and what
   * `IncomingReserves.require` throws.
   */
  onVoucher(reserve: EntryHash, voucher: Voucher, from: PeerId): Promise<void>
}

/**
 * Creates the provider's side. `onTraded` is called when something was sold or paid. `standing` gives the own account's
 * proof in a checkpoint, which payers are shown.
 */
export function createSessionSeller(
  components: {
    readonly reserves: IncomingReserves
    readonly books: PaymentBooks
    readonly contents: SaleContents
    readonly ledgerStore: Pick<LedgerStore, 'listPayments' | 'listPurchases'>
    readonly signatureVerifier: SignatureVerifier
    readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'abortable'>
    readonly genesis: Genesis
  },
  options: {
    readonly onTraded: () => void
    readonly standing: () => Uint8Array | undefined
  },
): SessionSeller {
  const { reserves, books, contents, ledgerStore, signatureVerifier, clock, genesis } = components
  const unpaid = createUnpaidDeliveries({ clock, ledgerStore }, { forgiveAfterMs: genesis.paymentWindowMs })
  /** How many deliveries from a reserve are under way. */
  const underWay = new Map<EntryHash, number>()

  function countDelivery(reserve: EntryHash, by: 1 | -1): void {
    const count = (underWay.get(reserve) ?? 0) + by
    if (count === 0) underWay.delete(reserve)
    else underWay.set(reserve, count)
  }

  /** The credit line of a reserve's payer. */
  function lineOf(record: PaymentRecord): Promise<bigint> {
    return reserves.creditLine(record, unpaid.forgiven(record.counterparty))
  }

  /** Keeps so many items of a quote as were delivered; `deliveryWire` is undefined when the delivery broke off. */
  async function recordSale(
    quote: SignedQuote,
    { payment: reserve, voucher }: PaymentRecord,
    delivered: number,
    deliveryWire: Uint8Array | undefined,
  ): Promise<void> {
    const items = quote.quote.items.slice(0, delivered)
    const price = sumTokens(items.map((item) => item.price))
    await books.change(reserve, (payment) => {
      if (payment === undefined) throw new LoremeshError('internal', 'The reserve is not recorded')
      const vouched = amountOf(payment.voucher) - amountOf(voucher)
      const sale: PurchaseRecord = {
        invoice: bytesToHexText(quote.invoice),
        payment: reserve,
        direction: 'in',
        counterparty: payment.counterparty,
        items,
        price,
        paid: vouched < price ? toMicroTokens(vouched) : price,
        voucher: payment.voucher,
        createdAtMs: clock.nowMs(),
        question: '',
        quoteWire: quote.wire,
        deliveryWire,
      }
      return { payment: { ...payment, usedAtMs: clock.nowMs() }, purchase: sale }
    })
  }

  /** The newest sale from a reserve, if a voucher that comes after its last context belongs to it. */
  async function coveredSale(
    reserve: EntryHash,
    voucher: Voucher,
    paid: MicroTokens,
  ): Promise<PurchaseRecord | undefined> {
    const [sale] = await ledgerStore.listPurchases({ payment: reserve, limit: 1 })
    if (sale === undefined || sale.paid >= sale.price || underWay.has(reserve)) return undefined
    const total = sale.paid + paid
    return { ...sale, paid: total < sale.price ? toMicroTokens(total) : sale.price, voucher }
  }

  /** The contexts, each once it is within the credit line, and at their end, early or not, the record of the sale. */
  async function* deliver(
    quote: SignedQuote,
    record: PaymentRecord,
    { bytes, deliveryWire }: { readonly bytes: readonly Uint8Array[]; readonly deliveryWire: Uint8Array },
    isWanted: () => boolean,
  ): AsyncGenerator<Uint8Array> {
    const { payment: reserve, counterparty } = record
    const creditLine = whileSame(books.revision, async () =>
      lineOf(await reserves.require(reserve, counterparty)),
    )
    let delivered = 0
    let isComplete = false
    countDelivery(reserve, 1)
    try {
      for (const [at, item] of quote.quote.items.entries()) {
        const content = bytes[at]
        if (content === undefined) throw new LoremeshError('internal', 'A context of the quote is missing')
        await unpaid.add(counterparty, item.price, { creditLine, isWanted })
        delivered += 1
        yield content
      }
      isComplete = true
    } finally {
      countDelivery(reserve, -1)
      if (delivered > 0) {
        await recordSale(quote, record, delivered, isComplete ? deliveryWire : undefined)
        options.onTraded()
      }
    }
  }

  /** A delivery that ends at once when it is stopped, also while it waits for a voucher. */
  function stoppable(
    payer: PeerId,
    start: (isWanted: () => boolean) => AsyncGenerator<Uint8Array>,
  ): AsyncIterableIterator<Uint8Array> {
    let isStopped = false
    const contexts = start(() => !isStopped)
    const iterator: AsyncIterableIterator<Uint8Array> = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => contexts.next(),
      return() {
        isStopped = true
        unpaid.wake(payer)
        return contexts.return(undefined)
      },
    }
    return iterator
  }

  return {
    async onSession(opening, from) {
      const record = await reserves.open(opening, from)
      await unpaid.recall(from)
      const room = (await lineOf(record)) - unpaid.of(from)
      return {
        creditLine: room > 0n ? toMicroTokens(room) : ZERO_TOKENS,
        vouched: amountOf(record.voucher),
        standing: options.standing(),
      }
    },

    async onTake(request, from) {
      const record = await reserves.forSale(request.reserve, from)
      await unpaid.recall(from)
      const quote = await contents.quote(request, from)
      // What was vouched for in advance counts in the delivery that it was for, and adds nothing to a reserve.
      const owed = unpaid.of(from)
      if (quote.quote.price > (await reserves.left(record)) - (owed > 0n ? owed : 0n)) {
        throw new LoremeshError('payment-required', 'The reserve does not cover this', 'Make another one')
      }
      const bytes = await contents.contentsOf(quote)
      const deliveryWire = await contents.stateDelivery(quote, bytes)
      return {
        quoteWire: quote.wire,
        contents: stoppable(from, (isWanted) => deliver(quote, record, { bytes, deliveryWire }, isWanted)),
        deliveryWire: () => deliveryWire,
      }
    },

    async onVoucher(reserve, voucher, from) {
      const { amount } = voucher
      const record = await reserves.require(reserve, from)
      if (amount === undefined || amount > record.amount) {
        throw new LoremeshError('bad-input', 'A voucher is for an amount up to the cap of its reserve')
      }
      const signature = voucherSignature(peerIdToAccount(from), reserve, voucher)
      if (!(await signatureVerifier.verify([signature]))) {
        throw new LoremeshError('bad-signature', 'The voucher is not signed by the payer')
      }
      let paid = ZERO_TOKENS
      await unpaid.recall(from)
      await books.change(reserve, async (newest) => {
        const vouched = amountOf(newest?.voucher)
        if (newest === undefined || amount <= vouched) return undefined
        const payment = { ...(await reserves.require(reserve, from)), voucher, usedAtMs: clock.nowMs() }
        paid = toMicroTokens(amount - vouched)
        return { payment, purchase: await coveredSale(reserve, voucher, paid) }
      })
      if (paid === 0n) return
      unpaid.pay(from, paid)
      options.onTraded()
    },
  }
}

/** What `ask` has given, for as long as the revision is the same: reading the books once more costs more than a context. */
function whileSame<T>(revision: () => number, ask: () => Promise<T>): () => Promise<T> {
  let known: { readonly revision: number; readonly answer: Promise<T> } | undefined
  return () => {
    if (known?.revision !== revision()) known = { revision: revision(), answer: ask() }
    return known.answer
  }
}

/** What a voucher of a reserve is for; 0 without one. */
function amountOf(voucher: Voucher | undefined): MicroTokens {
  return voucher?.amount ?? ZERO_TOKENS
}
