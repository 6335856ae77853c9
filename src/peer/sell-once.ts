import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { bytesEqual, bytesToHexText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { ZERO_TOKENS } from '../domain/kernel/micro-tokens.ts'
import { parseEntry } from '../domain/ledger/entry-codec.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import { fetchRequestDigest, parseQuote, verifyQuote, type SignedQuote } from '../domain/ledger/quote.ts'
import { entrySignature } from '../domain/ledger/verify-entry.ts'
import { voucherSignature } from '../domain/ledger/voucher.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerStore, PaymentRecord, PurchaseRecord } from '../ports/ledger-store.ts'
import type { DeliveryReply, FetchRequest, PaymentMessage, QuoteReply } from '../ports/network.ts'
import type { CheckCertificate } from './certificate-check.ts'
import { createPayerLimits } from './payer-limits.ts'
import type { PaymentBooks } from './payment-books.ts'
import type { SaleContents } from './sale-contents.ts'

/** Deliveries to one payer that may wait for its acknowledgement before more is quoted or delivered to it. */
const MAX_UNACKNOWLEDGED = 4
/** Share of the payment window that must be left when a payment arrives, so that there is time to claim it. */
const CLAIM_SHARE = 0.4

/** Sales that are paid one by one, each with an entry of its own: what is bought over HTTP. */
export interface SingleSeller {
  quote(request: FetchRequest, from: PeerId): Promise<QuoteReply>
  deliver(payment: PaymentMessage, from: PeerId): Promise<DeliveryReply>
  acknowledge(invoice: Uint8Array, ack: Uint8Array, from: PeerId): Promise<void>
}

/** Creates the seller; `onAcknowledged` is called when a payment can be claimed. */
export function createSingleSeller(
  components: {
    readonly identity: Identity
    readonly contents: SaleContents
    readonly books: PaymentBooks
    readonly ledgerStore: Pick<LedgerStore, 'listPayments' | 'listPurchases' | 'getPurchase' | 'putPurchase'>
    readonly signatureVerifier: SignatureVerifier
    readonly checkCertificate: CheckCertificate
    readonly clock: Pick<Clock, 'nowMs'>
    readonly genesis: Genesis
  },
  options: { readonly onAcknowledged: () => void },
): SingleSeller {
  const { identity, contents, books, ledgerStore } = components
  const { signatureVerifier, checkCertificate, clock, genesis } = components
  const limits = createPayerLimits({ clock })
  let recording: Promise<unknown> = Promise.resolve()

  /** Payments of the payer that wait for its acknowledgement, also those that nothing was delivered for yet. */
  async function unacknowledged(from: PeerId): Promise<readonly PaymentRecord[]> {
    const received = await ledgerStore.listPayments({
      direction: 'in',
      phases: ['certified'],
      counterparty: from,
    })
    return received.filter(
      ({ kind, voucher, expiresAtMs }) =>
        kind === 'pay' && voucher === undefined && expiresAtMs > clock.nowMs(),
    )
  }

  async function refuseIfUnacknowledged(from: PeerId): Promise<void> {
    let delivered = 0
    for (const { payment } of await unacknowledged(from)) {
      delivered += (await ledgerStore.listPurchases({ payment, limit: 1 })).length
    }
    if (delivered >= MAX_UNACKNOWLEDGED) {
      throw new LoremeshError(
        'rate-limited',
        `${delivered} earlier deliveries are not acknowledged yet`,
        'Acknowledge them first',
      )
    }
  }

  /** The certified payment for our quote, checked against everything that must hold before anything is delivered. */
  async function checkPayment(
    payment: PaymentMessage,
    quote: SignedQuote,
    from: PeerId,
  ): Promise<SignedEntry> {
    const signed = parseEntry(payment.payWire)
    if (!(await signatureVerifier.verify([entrySignature(signed, genesis)]))) {
      throw new LoremeshError('bad-signature', 'The payment is not signed by its account')
    }
    await checkCertificate(payment.certificateWire, signed)
    const { operation, account } = signed.entry
    const fits =
      operation.type === 'pay' &&
      bytesEqual(account, peerIdToAccount(from)) &&
      bytesEqual(operation.to, identity.account) &&
      bytesEqual(operation.invoice, quote.invoice) &&
      operation.amount === quote.quote.price
    if (!fits) {
      throw new LoremeshError(
        'payment-required',
        'The payment does not fit the quote',
        'Pay exactly what was quoted',
      )
    }
    if (operation.expiresAtMs < clock.nowMs() + genesis.paymentWindowMs * CLAIM_SHARE) {
      throw new LoremeshError('expired', 'The payment expires too soon to be claimed', 'Ask for a new quote')
    }
    return signed
  }

  /**
   * Keeps the payment with the statement of what is delivered for it; one that is known already stays as it is. Throws
   * `rate-limited` when the peer has not acknowledged enough of what was delivered for other payments.
   */
  async function recordPayment(
    signed: SignedEntry,
    { certificateWire, payWire }: PaymentMessage,
    quote: SignedQuote,
    from: PeerId,
    deliveryWire: Uint8Array,
  ): Promise<void> {
    const invoice = bytesToHexText(quote.invoice)
    const known = await ledgerStore.getPurchase(invoice)
    if (known !== undefined) {
      if (known.payment === signed.hash) return
      throw new LoremeshError('conflicting-invoice', 'This invoice was paid by another entry already')
    }
    if (quote.quote.expiresAtMs < clock.nowMs()) {
      throw new LoremeshError('expired', 'The quote has expired', 'Ask for a new quote')
    }
    await refuseIfUnacknowledged(from)
    const { operation } = signed.entry
    if (operation.type !== 'pay') throw new LoremeshError('bad-entry', 'The entry is not a payment')
    const now = clock.nowMs()
    const record: PaymentRecord = {
      payment: signed.hash,
      kind: 'pay',
      direction: 'in',
      counterparty: from,
      amount: operation.amount,
      fromCredit: operation.fromCredit,
      createdAtMs: now,
      expiresAtMs: operation.expiresAtMs,
      phase: 'certified',
      entryWire: payWire,
      certificateWire,
      voucher: undefined,
      usedAtMs: now,
    }
    await ledgerStore.putPurchase(
      {
        invoice,
        payment: signed.hash,
        direction: 'in',
        counterparty: from,
        items: quote.quote.items,
        price: quote.quote.price,
        paid: ZERO_TOKENS,
        voucher: undefined,
        createdAtMs: now,
        question: '',
        quoteWire: quote.wire,
        deliveryWire,
      },
      record,
    )
  }

  async function saleTo(from: PeerId, invoice: Uint8Array): Promise<PurchaseRecord | undefined> {
    const sale = await ledgerStore.getPurchase(bytesToHexText(invoice))
    return sale?.direction === 'in' && sale.counterparty === from ? sale : undefined
  }

  /** A payment that the ledger told of, because a backup that was restored does not have the sale. */
  async function paymentOfLostSale(from: PeerId, invoice: Uint8Array): Promise<EntryHash | undefined> {
    const found = (await unacknowledged(from)).find(({ entryWire }) => {
      const { operation } = parseEntry(entryWire).entry
      return operation.type === 'pay' && bytesEqual(operation.invoice, invoice)
    })
    return found?.payment
  }

  /** Runs `record` after all earlier ones, so that payments that come together are counted one by one. */
  function inTurn(record: () => Promise<void>): Promise<void> {
    const run = recording.then(record)
    recording = run.catch(() => undefined)
    return run
  }

  return {
    async quote(request, from) {
      await refuseIfUnacknowledged(from)
      const earlier = limits.quoteFor(from, request.requestId)
      if (earlier !== undefined) {
        if (!bytesEqual(earlier.quote.request, fetchRequestDigest(request.requestId, request.contexts))) {
          throw new LoremeshError('conflicting-invoice', 'Another request was made under this id already')
        }
        return { status: 'payment-required', quoteWire: earlier.wire }
      }
      const signed = await contents.quote(request, from)
      limits.addQuote(from, request.requestId, signed)
      return { status: 'payment-required', quoteWire: signed.wire }
    },

    async deliver(payment, from) {
      const quote = parseQuote(payment.quoteWire)
      await verifyQuote(quote, signatureVerifier)
      const ours = bytesEqual(quote.quote.payee, identity.account)
      if (!ours || !bytesEqual(quote.quote.payer, peerIdToAccount(from))) {
        throw new LoremeshError(
          'payment-required',
          'This quote was not made by this peer for you',
          'Ask for a quote',
        )
      }
      const signed = await checkPayment(payment, quote, from)
      limits.countDelivery(quote, clock.nowMs() + genesis.paymentWindowMs)
      const bytes = await contents.contentsOf(quote)
      const deliveryWire = await contents.stateDelivery(quote, bytes)
      await inTurn(() => recordPayment(signed, payment, quote, from, deliveryWire))
      return { status: 'delivered', contents: bytes, deliveryWire }
    },

    async acknowledge(invoice, ack, from) {
      const sale = await saleTo(from, invoice)
      const payment = sale?.payment ?? (await paymentOfLostSale(from, invoice))
      if (payment === undefined) {
        throw new LoremeshError('not-found', 'No delivery to you is known under this invoice')
      }
      const voucher = { amount: undefined, signature: ack }
      const signature = voucherSignature(peerIdToAccount(from), payment, voucher)
      if (!(await signatureVerifier.verify([signature]))) {
        throw new LoremeshError('bad-signature', 'The acknowledgement is not signed by the payer')
      }
      await books.change(payment, (record) => {
        if (record?.phase !== 'certified' || record.voucher !== undefined) return undefined
        return {
          payment: { ...record, voucher },
          purchase: sale && { ...sale, paid: sale.price, voucher },
        }
      })
      options.onAcknowledged()
    },
  }
}
