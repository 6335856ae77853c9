import { digestToContextHash, type ContextHash } from '../domain/content/context-hash.ts'
import { contextPrice } from '../domain/economy/price.ts'
import { peerIdToAccount, shortPeerId, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { bytesEqual, bytesToHexText, bytesToText } from '../domain/kernel/bytes.ts'
import { isLoremeshError, LoremeshError, type ErrorCode } from '../domain/kernel/errors.ts'
import { formatTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { signAck } from '../domain/ledger/ack.ts'
import { parseDelivery, verifyDelivery } from '../domain/ledger/delivery.ts'
import { payEntry } from '../domain/ledger/entry-builders.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import {
  fetchRequestDigest,
  MAX_QUOTE_LIFETIME_MS,
  parseQuote,
  verifyQuote,
  type SignedQuote,
} from '../domain/ledger/quote.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hasher } from '../ports/hasher.ts'
import type { LedgerStore, PaymentRecord } from '../ports/ledger-store.ts'
import type { DeliveryReply, LinkKind, Network, Refusal } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { OwnAccount } from './own-account.ts'

const DELIVERY_ATTEMPTS = 2
/** Time that a peer gets which has too much to do, before it is asked again. */
const RATE_LIMIT_WAIT_MS = 1_000
/** Difference of two honest clocks that is still tolerated. */
const CLOCK_SKEW_MS = 30_000
/** Failures after which the same invoice is tried again: what happened to the payment is unknown, so it is never paid twice. */
const retriable: readonly ErrorCode[] = ['not-connected', 'rate-limited', 'timeout', 'truncated']

/** Contexts bought from one peer in one payment. */
interface Purchase {
  /** Texts by hash, each verified against it. What the provider lacks, or has in another size, is left out. */
  readonly texts: ReadonlyMap<ContextHash, string>
  readonly prices: ReadonlyMap<ContextHash, MicroTokens>
  readonly transport: LinkKind
  readonly payMs: number
  readonly fetchMs: number
}

interface PurchaseRequest {
  readonly provider: PeerId
  readonly addresses: readonly string[]
  /** Contexts wanted, with the size that their descriptor claims. */
  readonly wanted: ReadonlyMap<ContextHash, number>
  readonly maxTokenCost: MicroTokens
  readonly question: string
  /** Keeps the texts; when it throws, they are not acknowledged and so not paid for. */
  readonly keep?: (texts: ReadonlyMap<ContextHash, string>) => Promise<void>
  readonly signal?: AbortSignal
  readonly onStage?: (stage: 'paying' | 'fetching') => void
}

/** The payer's side: quote, payment, certificate, delivery, acknowledgement. */
export interface Buyer {
  /**
   * Buys contexts of one provider. Nothing is charged unless every byte came, fits its hash and was kept: without the
   * payer's acknowledgement a payment can't be claimed and returns after its window. Throws, among others,
   * `price-above-limit`, `insufficient-balance`, `bad-content`, `truncated`, `authority-unreachable`.
   */
  buy(request: PurchaseRequest): Promise<Purchase>
  /** Repeats acknowledgements that a provider may not have got. */
  acknowledgeAgain(provider: PeerId): Promise<void>
  /** Resolves once no acknowledgement is on its way any more; without it the provider would go unpaid. */
  whenAcknowledged(): Promise<void>
}

/** Creates the payer's side. */
export function createBuyer(components: {
  readonly identity: Identity
  readonly account: OwnAccount
  readonly ledgerStore: LedgerStore
  readonly network: Network
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep'>
  readonly randomness: Randomness
  readonly hasher: Hasher
  readonly genesis: Genesis
}): Buyer {
  const { identity, account, ledgerStore, network, clock, randomness, hasher, genesis } = components
  const acknowledging = new Set<Promise<void>>()

  /**
   * The provider's quote, checked: nobody is bound by one that asks for more, for something else, or for somebody else.
   * What the provider has in another size than was described is left out once, so that one false description does not
   * spoil the whole order.
   */
  async function requestQuote(request: PurchaseRequest, isRetry = false): Promise<SignedQuote> {
    const contexts = [...request.wanted.keys()]
    const requestId = randomness.bytes(16)
    const { maxTokenCost, signal } = request
    const reply = await network.requestQuote(request.provider, { requestId, contexts, maxTokenCost }, signal)
    if (reply.status === 'refused') throw refusalToError(reply)
    const signed = parseQuote(reply.quoteWire)
    verifyQuote(signed)
    const { quote } = signed
    const fits =
      bytesEqual(quote.payee, peerIdToAccount(request.provider)) &&
      bytesEqual(quote.payer, identity.account) &&
      bytesEqual(quote.request, fetchRequestDigest(requestId, contexts))
    if (!fits) throw new LoremeshError('bad-input', 'The quote does not answer the request')
    checkTime(signed)
    const described = withoutOtherSizes(request.wanted, signed)
    if (described.size === request.wanted.size) {
      checkItems(request, signed)
      return signed
    }
    if (isRetry || described.size === 0) {
      throw new LoremeshError('bad-input', 'The peer has other contexts than their descriptions say')
    }
    return requestQuote({ ...request, wanted: described }, true)
  }

  function checkTime({ quote }: SignedQuote): void {
    const leftMs = quote.expiresAtMs - clock.nowMs()
    if (leftMs > MAX_QUOTE_LIFETIME_MS + CLOCK_SKEW_MS) {
      throw new LoremeshError(
        'bad-input',
        "The peer's clock is ahead of this device's by more than 30 s",
        "Check this device's date and time",
      )
    }
    if (leftMs <= 0) {
      throw new LoremeshError(
        'expired',
        'The quote has expired already',
        "Ask again; if it stays so, check this device's date and time",
      )
    }
  }

  function checkItems(request: PurchaseRequest, { quote }: SignedQuote): void {
    for (const { contextHash, sizeBytes, price } of quote.items) {
      if (!request.wanted.has(contextHash)) {
        throw new LoremeshError('bad-input', 'The quote lists something that was not asked for')
      }
      if (price > contextPrice(sizeBytes, genesis.pricePerKb)) {
        throw new LoremeshError(
          'price-above-limit',
          `The quote asks more than the network's tariff for ${contextHash}`,
        )
      }
    }
    if (quote.price > request.maxTokenCost) {
      throw new LoremeshError(
        'price-above-limit',
        `The peer asks ${formatTokens(quote.price)} tokens, the limit is ${formatTokens(request.maxTokenCost)}`,
        'Raise the limit per question, or ask more narrowly',
      )
    }
  }

  async function pay(request: PurchaseRequest, quote: SignedQuote): Promise<PaymentRecord> {
    const invoice = bytesToHexText(quote.invoice)
    const certified = await account.write((state) => {
      // Other writes may have come first: a payment for a quote that has expired meanwhile would only lock tokens.
      checkTime(quote)
      const now = clock.nowMs()
      const { payee, price, items } = quote.quote
      const entry = payEntry(
        state,
        genesis,
        { to: payee, amount: price, invoice: quote.invoice, expiresAtMs: now + genesis.paymentWindowMs },
        now,
      )
      return {
        entry,
        record: (signed) => ({
          payment: signed.hash,
          direction: 'out',
          counterparty: request.provider,
          amount: price,
          fromCredit: entry.operation.fromCredit,
          invoice,
          items,
          createdAtMs: now,
          expiresAtMs: now + genesis.paymentWindowMs,
          phase: 'signed',
          question: request.question,
          quoteWire: quote.wire,
          payWire: signed.wire,
          certificateWire: undefined,
          deliveryWire: undefined,
          ack: undefined,
        }),
      }
    }, request.signal)
    const record = await ledgerStore.getPaymentByInvoice(invoice)
    if (record === undefined) throw new LoremeshError('internal', 'The payment was not recorded')
    const paid: PaymentRecord = { ...record, phase: 'certified', certificateWire: certified.certificateWire }
    await ledgerStore.putPayment(paid)
    return paid
  }

  /** Sends the payment and takes the delivery, with the same invoice again when it is unknown what happened. */
  async function takeDelivery(
    request: PurchaseRequest,
    record: PaymentRecord,
    attempt = 1,
  ): Promise<Extract<DeliveryReply, { status: 'delivered' }>> {
    const { provider, addresses, signal } = request
    const { quoteWire, payWire, certificateWire } = record
    if (certificateWire === undefined) throw new LoremeshError('internal', 'The payment is not certified')
    try {
      await network.connect(provider, addresses, signal)
      const reply = await network.pay(
        provider,
        { quoteWire, payWire, certificateWire },
        record.items.map((item) => item.sizeBytes),
        signal === undefined ? {} : { signal },
      )
      if (reply.status === 'refused') throw refusalToError(reply)
      return reply
    } catch (error) {
      if (attempt >= DELIVERY_ATTEMPTS || !isRetriable(error)) throw error
      await waitIfRateLimited(error, signal)
      return takeDelivery(request, record, attempt + 1)
    }
  }

  /** Texts of a delivery, all of which fit their hashes; a single wrong one makes the whole delivery worth nothing. */
  async function verifyContents(
    record: PaymentRecord,
    contents: readonly Uint8Array[],
  ): Promise<Map<ContextHash, string>> {
    const digests = await hasher.sha256(contents)
    const texts = new Map<ContextHash, string>()
    record.items.forEach(({ contextHash }, at) => {
      const bytes = contents[at]
      const digest = digests[at]
      if (bytes === undefined || digest === undefined || digestToContextHash(digest) !== contextHash) {
        throw new LoremeshError(
          'bad-content',
          `Peer ${shortPeerId(record.counterparty)} sent something else than ${contextHash}`,
          'Nothing is charged: the payment comes back by itself',
        )
      }
      texts.set(contextHash, bytesToText(bytes))
    })
    return texts
  }

  async function waitIfRateLimited(error: unknown, signal?: AbortSignal): Promise<void> {
    if (isLoremeshError(error, 'rate-limited')) await clock.sleep(RATE_LIMIT_WAIT_MS, signal)
  }

  async function sendAck(provider: PeerId, invoice: Uint8Array, ack: Uint8Array, attempt = 1): Promise<void> {
    try {
      await network.acknowledge(provider, invoice, ack)
    } catch (error) {
      // The contents are here and verified: a lost acknowledgement is repeated later and is no reason to fail now.
      if (attempt >= DELIVERY_ATTEMPTS || !isRetriable(error)) return
      await waitIfRateLimited(error)
      await sendAck(provider, invoice, ack, attempt + 1)
    }
  }

  /** Acknowledges a delivery as well as it can be done now; never fails. */
  function acknowledge(provider: PeerId, invoice: Uint8Array, ack: Uint8Array): Promise<void> {
    const sent = sendAck(provider, invoice, ack).finally(() => acknowledging.delete(sent))
    acknowledging.add(sent)
    return sent
  }

  return {
    async buy(request) {
      const started = clock.monotonicMs()
      const link = await network.connect(request.provider, request.addresses, request.signal)
      request.onStage?.('paying')
      const quote = await requestQuote(request)
      const record = await pay(request, quote)
      const paid = clock.monotonicMs()
      request.onStage?.('fetching')
      const { contents, deliveryWire } = await takeDelivery(request, record)
      await ledgerStore.putPayment({ ...record, deliveryWire })
      const texts = await verifyContents(record, contents)
      verifyDelivery(parseDelivery(deliveryWire), quote)
      const fetched = clock.monotonicMs()
      await request.keep?.(texts)
      const ack = signAck(identity, record.payment)
      await ledgerStore.putPayment({ ...record, deliveryWire, ack, phase: 'delivered' })
      void acknowledge(request.provider, quote.invoice, ack)
      return {
        texts,
        prices: new Map(record.items.map((item) => [item.contextHash, item.price])),
        transport: link.kind,
        payMs: paid - started,
        fetchMs: fetched - paid,
      }
    },
    async acknowledgeAgain(provider) {
      const delivered = await ledgerStore.listPayments({ direction: 'out', phases: ['delivered'] })
      for (const record of delivered) {
        if (record.counterparty !== provider || record.ack === undefined) continue
        if (record.expiresAtMs < clock.nowMs()) continue
        await acknowledge(provider, parseQuote(record.quoteWire).invoice, record.ack)
      }
    },
    async whenAcknowledged() {
      await Promise.all(acknowledging)
    },
  }
}

/** The wanted contexts without those that the quote lists in another size. */
function withoutOtherSizes(
  wanted: ReadonlyMap<ContextHash, number>,
  { quote }: SignedQuote,
): ReadonlyMap<ContextHash, number> {
  const quoted = new Map(quote.items.map((item) => [item.contextHash, item.sizeBytes]))
  return new Map([...wanted].filter(([contextHash, size]) => (quoted.get(contextHash) ?? size) === size))
}

function isRetriable(error: unknown): boolean {
  return retriable.some((code) => isLoremeshError(error, code))
}

function refusalToError(refusal: Refusal): LoremeshError {
  const hint = refusal.code === 'rate-limited' ? 'Try again in a moment' : ''
  return new LoremeshError(refusal.code, refusal.message, hint)
}
