import { contextHashToDigest, type ContextHash } from '../domain/content/context-hash.ts'
import type { SignedDescriptor } from '../domain/content/descriptor.ts'
import { contextPrice } from '../domain/economy/price.ts'
import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { bytesEqual, bytesToHexText, textToBytes } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { sumTokens } from '../domain/kernel/micro-tokens.ts'
import { verifyAck } from '../domain/ledger/ack.ts'
import { parseCertificate, verifyCertificate } from '../domain/ledger/certificate.ts'
import { signDelivery } from '../domain/ledger/delivery.ts'
import { parseEntry, verifyEntry } from '../domain/ledger/entry-codec.ts'
import type { SignedEntry } from '../domain/ledger/entry.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import {
  fetchRequestDigest,
  MAX_QUOTE_LIFETIME_MS,
  parseQuote,
  signQuote,
  verifyQuote,
  type SignedQuote,
} from '../domain/ledger/quote.ts'
import type { SpaceId } from '../domain/retrieval/embedding.ts'
import { snippetOf } from '../domain/retrieval/snippet.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Hasher } from '../ports/hasher.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type {
  DeliveryReply,
  FetchRequest,
  PaymentMessage,
  QuoteReply,
  SearchHit,
  SearchRequest,
} from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { OwnLibrary } from './library.ts'
import { createPayerLimits } from './payer-limits.ts'
import type { SearchIndex } from './search-index.ts'

/** Deliveries to one peer that may wait for its acknowledgement before more is quoted or delivered to it. */
const MAX_UNACKNOWLEDGED = 4
/** Share of the payment window that must be left when a payment arrives, so that there is time to claim it. */
const CLAIM_SHARE = 0.4

/** The provider's side of search, quote, payment and delivery. */
export interface Server {
  search(request: SearchRequest): Promise<readonly SearchHit[]>
  quote(request: FetchRequest, from: PeerId): Promise<QuoteReply>
  deliver(payment: PaymentMessage, from: PeerId): Promise<DeliveryReply>
  acknowledge(invoice: Uint8Array, ack: Uint8Array, from: PeerId): Promise<void>
  /** The descriptor of a shared context; throws `not-found`. */
  describe(contextHash: ContextHash): Promise<SignedDescriptor>
}

/**
 * Creates the provider's side. Vectors of questions are used when they are of `space`, that of the own index;
 * `onAcknowledged` is called when a payment can be claimed.
 */
export function createServer(
  components: {
    readonly identity: Identity
    readonly library: Pick<OwnLibrary, 'isShared'>
    readonly index: SearchIndex
    readonly contextStore: ContextStore
    readonly ledgerStore: LedgerStore
    readonly clock: Pick<Clock, 'nowMs'>
    readonly randomness: Randomness
    readonly hasher: Hasher
    readonly genesis: Genesis
  },
  options: { readonly space: SpaceId; readonly onAcknowledged: () => void },
): Server {
  const { identity, library, index, contextStore, ledgerStore, clock, randomness, hasher, genesis } =
    components
  const limits = createPayerLimits({ clock })
  let recording: Promise<unknown> = Promise.resolve()

  async function refuseIfUnacknowledged(from: PeerId): Promise<void> {
    const waiting = await ledgerStore.listPayments({ direction: 'in', phases: ['certified'] })
    const mine = waiting.filter(
      (record) => record.counterparty === from && record.expiresAtMs > clock.nowMs(),
    )
    if (mine.length >= MAX_UNACKNOWLEDGED) {
      throw new LoremeshError(
        'rate-limited',
        `${mine.length} earlier deliveries are not acknowledged yet`,
        'Acknowledge them first',
      )
    }
  }

  /** The certified payment for our quote, checked against everything that must hold before anything is delivered. */
  function checkPayment(payment: PaymentMessage, quote: SignedQuote, from: PeerId): SignedEntry {
    const signed = parseEntry(payment.payWire)
    verifyEntry(signed, genesis)
    verifyCertificate(parseCertificate(payment.certificateWire), signed, genesis)
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
    payment: PaymentMessage,
    quote: SignedQuote,
    from: PeerId,
    deliveryWire: Uint8Array,
  ): Promise<void> {
    const invoice = bytesToHexText(quote.invoice)
    const known = await ledgerStore.getPaymentByInvoice(invoice)
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
    await ledgerStore.putPayment({
      payment: signed.hash,
      direction: 'in',
      counterparty: from,
      amount: operation.amount,
      fromCredit: operation.fromCredit,
      invoice,
      items: quote.quote.items,
      createdAtMs: clock.nowMs(),
      expiresAtMs: operation.expiresAtMs,
      phase: 'certified',
      question: '',
      quoteWire: payment.quoteWire,
      payWire: payment.payWire,
      certificateWire: payment.certificateWire,
      deliveryWire,
      ack: undefined,
    })
  }

  /** Runs `record` after all earlier ones, so that payments that come together are counted one by one. */
  function inTurn(record: () => Promise<void>): Promise<void> {
    const run = recording.then(record)
    recording = run.catch(() => undefined)
    return run
  }

  async function contentsOf(contextHashes: readonly ContextHash[]): Promise<Uint8Array[]> {
    const contexts = await contextStore.getContexts(contextHashes)
    const texts = new Map(contexts.map((context) => [context.contextHash, context.text]))
    return contextHashes.map((contextHash) => {
      const text = texts.get(contextHash)
      if (text === undefined || !library.isShared(contextHash)) {
        throw new LoremeshError('not-found', `${contextHash} is not shared here any more`)
      }
      return textToBytes(text)
    })
  }

  return {
    async describe(contextHash) {
      const descriptor = await contextStore.getDescriptor(contextHash, identity.account)
      if (descriptor === undefined || !library.isShared(contextHash)) {
        throw new LoremeshError('not-found', `${contextHash} is not shared here`)
      }
      return descriptor
    },

    async search(request) {
      const { vector } = request
      const queryVector =
        vector?.space !== options.space
          ? await index.embedQuestion(request.question)
          : Float32Array.from(vector.values, (value) => value * vector.scale)
      const hits = index.search({
        question: request.question,
        queryVector,
        tags: request.tags,
        limit: request.limit,
        filter: library.isShared,
      })
      const contexts = await contextStore.getContexts(hits.map((hit) => hit.contextHash))
      const texts = new Map(contexts.map((context) => [context.contextHash, context.text]))
      const found = await Promise.all(
        hits.map(async ({ contextHash, score }) => {
          const descriptor = await contextStore.getDescriptor(contextHash, identity.account)
          const text = texts.get(contextHash)
          if (descriptor === undefined || text === undefined) return []
          return [{ descriptor, snippet: snippetOf(text, request.question), score }]
        }),
      )
      return found.flat()
    },

    async quote(request, from) {
      await refuseIfUnacknowledged(from)
      const requestDigest = fetchRequestDigest(request.requestId, request.contexts)
      const earlier = limits.quoteFor(from, request.requestId)
      if (earlier !== undefined) {
        if (!bytesEqual(earlier.quote.request, requestDigest)) {
          throw new LoremeshError('conflicting-invoice', 'Another request was made under this id already')
        }
        return { status: 'payment-required', quoteWire: earlier.wire }
      }
      const contexts = await contextStore.getContexts(request.contexts.filter(library.isShared))
      if (contexts.length === 0) {
        throw new LoremeshError('not-found', 'None of these contexts is shared here')
      }
      const items = contexts.map(({ contextHash, sizeBytes }) => ({
        contextHash,
        sizeBytes,
        price: contextPrice(sizeBytes, genesis.pricePerKb),
      }))
      const signed = signQuote(identity, {
        payee: identity.account,
        payer: peerIdToAccount(from),
        request: requestDigest,
        items,
        price: sumTokens(items.map((item) => item.price)),
        nonce: randomness.bytes(16),
        expiresAtMs: clock.nowMs() + MAX_QUOTE_LIFETIME_MS,
      })
      limits.addQuote(from, request.requestId, signed)
      return { status: 'payment-required', quoteWire: signed.wire }
    },

    async deliver(payment, from) {
      const quote = parseQuote(payment.quoteWire)
      verifyQuote(quote)
      const ours = bytesEqual(quote.quote.payee, identity.account)
      if (!ours || !bytesEqual(quote.quote.payer, peerIdToAccount(from))) {
        throw new LoremeshError(
          'payment-required',
          'This quote was not made by this peer for you',
          'Ask for a quote',
        )
      }
      const signed = checkPayment(payment, quote, from)
      limits.countDelivery(quote, clock.nowMs() + genesis.paymentWindowMs)
      const contents = await contentsOf(quote.quote.items.map((item) => item.contextHash))
      const digests = await hasher.sha256(contents)
      const deliveryWire = signDelivery(identity, {
        invoice: quote.invoice,
        items: quote.quote.items.map((item, at) => ({
          contextDigest: contextHashToDigest(item.contextHash),
          deliveredDigest: digests[at] ?? new Uint8Array(),
        })),
      })
      await inTurn(() => recordPayment(signed, payment, quote, from, deliveryWire))
      return { status: 'delivered', contents, deliveryWire }
    },

    async acknowledge(invoice, ack, from) {
      const record = await ledgerStore.getPaymentByInvoice(bytesToHexText(invoice))
      if (record?.direction !== 'in' || record.counterparty !== from) {
        throw new LoremeshError('not-found', 'No delivery to you is known under this invoice')
      }
      if (record.phase !== 'certified') return
      if (!verifyAck(peerIdToAccount(from), record.payment, ack)) {
        throw new LoremeshError('bad-signature', 'The acknowledgement is not signed by the payer')
      }
      await ledgerStore.putPayment({ ...record, phase: 'delivered', ack })
      options.onAcknowledged()
    },
  }
}
