import type { ContextHash } from '../domain/content/context-hash.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { LoremeshError, toLoremeshError, type ErrorCode } from '../domain/kernel/errors.ts'
import { sumTokens, toMicroTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { parseDelivery, verifyDelivery } from '../domain/ledger/delivery.ts'
import type { SignedQuote } from '../domain/ledger/quote.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hasher } from '../ports/hasher.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { LinkKind, Network, Taking } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { LedgerView } from './ledger-view.ts'
import { createOrders, type Order } from './order.ts'
import { isUsedUp, type PayerSessions } from './payer-sessions.ts'
import { createPayingOut } from './paying-out.ts'
import type { PaymentBooks } from './payment-books.ts'
import { receiveContexts } from './receive-contexts.ts'

const ATTEMPTS = 2
/** Time that a peer gets which has too much to do, before it is asked again. */
const RATE_LIMIT_WAIT_MS = 1_000
/** Failures after which the same peer is asked again for what did not come. */
const retriable: readonly ErrorCode[] = [
  'already-claimed',
  'not-connected',
  'payment-required',
  'rate-limited',
  'timeout',
  'truncated',
]

/** Contexts bought from one peer. */
export interface Purchase {
  /** Texts by hash, each verified against it. What the provider lacks, or has in another size, is left out. */
  readonly texts: ReadonlyMap<ContextHash, string>
  /** What those were sold for. */
  readonly prices: ReadonlyMap<ContextHash, MicroTokens>
  /** Why the rest did not come; undefined when the delivery was complete. */
  readonly failure: LoremeshError | undefined
  readonly transport: LinkKind
  readonly payMs: number
  readonly fetchMs: number
}

interface PurchaseRequest extends Order {
  readonly addresses: readonly string[]
  readonly question: string
  /** Keeps texts as they come, with what was quoted for each; when it throws, they are not paid for. */
  readonly keep?: (
    texts: ReadonlyMap<ContextHash, string>,
    prices: ReadonlyMap<ContextHash, MicroTokens>,
  ) => Promise<void>
}

/** The payer's side: reserve, quote, delivery, vouchers. */
export interface Buyer {
  /**
   * Buys contexts of one provider within a session. What came, fits its hash and was kept is paid, also when the rest does
   * not come, and nothing else, save that a context that the provider's credit line does not cover is paid for in part
   * before it comes. Throws when nothing came, among others `price-above-limit`, `insufficient-balance`, `bad-content`, `truncated`,
   * `authority-unreachable`.
   */
  buy(request: PurchaseRequest): Promise<Purchase>
  /** A link to the provider is new: what it missed is repeated with the next purchase, or now when it is owed something. */
  meetAgain(provider: PeerId): Promise<void>
}

/** What has come of a purchase so far. */
interface Progress {
  readonly texts: Map<ContextHash, string>
  readonly prices: Map<ContextHash, MicroTokens>
  transport: LinkKind
  payMs: number
  fetchMs: number
}

/** Creates the payer's side. */
export function createBuyer(components: {
  readonly identity: Identity
  readonly sessions: PayerSessions
  readonly books: PaymentBooks
  readonly ledgerStore: Pick<LedgerStore, 'listPayments'>
  readonly network: Pick<Network, 'connect' | 'take' | 'sendVoucher'>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep'>
  readonly randomness: Randomness
  readonly hasher: Hasher
  readonly signatureVerifier: SignatureVerifier
  readonly view: Pick<LedgerView, 'parameters'>
  readonly checkpoints: Pick<Checkpoints, 'catchUp'>
}): Buyer {
  const { identity, sessions, books, ledgerStore, network, clock, hasher, view } = components
  const orders = createOrders(components)
  /** What providers were paid in advance and did not deliver, since the start. */
  const lost = new Map<PeerId, bigint>()
  /** The last purchase of each provider: one after another, since they share a reserve. */
  const queues = new Map<PeerId, Promise<unknown>>()

  /** Buys what `progress` lacks still. Throws why not all of it came. */
  async function buyOnce(whole: PurchaseRequest, progress: Progress): Promise<void> {
    const request = withoutReceived(whole, progress)
    const { provider, signal } = request
    if (request.wanted.size === 0) return
    const started = clock.monotonicMs()
    const link = await network.connect(provider, request.addresses, signal)
    progress.transport = link.kind
    request.onProgress?.()
    const order = await orders.place(request)
    const { session, taking } = order
    request.onProgress?.()
    const asked = clock.monotonicMs()
    progress.payMs += asked - started
    try {
      const quote = await order.quote()
      const described = withoutOtherSizes(request.wanted, quote)
      if (described.size < request.wanted.size) {
        // One false description does not spoil the whole order: what the provider has in another size is left out.
        giveUp(provider, taking)
        if (described.size === 0) {
          throw new LoremeshError('bad-input', 'The peer has other contexts than their descriptions say')
        }
        await buyOnce({ ...whole, wanted: described }, progress)
        return
      }
      for (const { contextHash, price } of quote.quote.items) progress.prices.set(contextHash, price)
      const paying = createPayingOut(
        { identity, books, clock, view, taking },
        { provider, session, quote, question: request.question, lost: lost.get(provider) ?? 0n },
      )
      try {
        await receiveContexts(
          { hasher, taking, paying },
          { provider, quote: quote.quote, onProgress: request.onProgress },
          async (texts) => {
            await request.keep?.(texts, progress.prices)
            for (const [contextHash, text] of texts) progress.texts.set(contextHash, text)
          },
        )
      } finally {
        lost.set(provider, (lost.get(provider) ?? 0n) + paying.advanced())
      }
      const deliveryWire = await taking.deliveryWire()
      await verifyDelivery(parseDelivery(deliveryWire), quote, components.signatureVerifier)
      await paying.conclude(deliveryWire)
      progress.fetchMs += clock.monotonicMs() - asked
    } catch (error) {
      giveUp(provider, taking)
      if (isUsedUp(error)) sessions.retire(session)
      throw error
    }
  }

  /** How much the provider has sent in vain only it knows: it says so when the session is opened again. */
  function giveUp(provider: PeerId, taking: Taking): void {
    taking.cancel()
    sessions.forget(provider)
  }

  async function buy(request: PurchaseRequest): Promise<Purchase> {
    const progress: Progress = {
      texts: new Map(),
      prices: new Map(),
      transport: 'webrtc',
      payMs: 0,
      fetchMs: 0,
    }
    for (let attempt = 1; ; attempt++) {
      try {
        await buyOnce(request, progress)
        return { ...progress, failure: undefined }
      } catch (error) {
        const failure = toLoremeshError(error)
        const isOver = attempt === ATTEMPTS || request.signal?.aborted === true
        if (isOver || !retriable.includes(failure.code)) {
          if (progress.texts.size === 0) throw error
          return { ...progress, failure }
        }
        sessions.forget(request.provider)
        if (failure.code === 'rate-limited') await clock.sleep(RATE_LIMIT_WAIT_MS, request.signal)
      }
    }
  }

  return {
    buy(request) {
      const { provider } = request
      const run = (queues.get(provider) ?? Promise.resolve()).then(() => buy(request))
      const done = run.then(
        () => undefined,
        () => undefined,
      )
      queues.set(provider, done)
      void done.then(() => {
        if (queues.get(provider) === done) queues.delete(provider)
      })
      return run
    },
    async meetAgain(provider) {
      sessions.forget(provider)
      const owed = await ledgerStore.listPayments({
        direction: 'out',
        phases: ['certified'],
        counterparty: provider,
      })
      for (const { payment, kind, voucher, expiresAtMs } of owed) {
        if (kind === 'pay' || voucher === undefined || expiresAtMs <= clock.nowMs()) continue
        // A reserve of which it wants no voucher any more does not keep the others from it.
        await network.sendVoucher(provider, payment, voucher).catch(() => undefined)
      }
    },
  }
}

/** The part of a request that has not come yet. */
function withoutReceived(request: PurchaseRequest, { texts, prices }: Progress): PurchaseRequest {
  const paid = sumTokens([...texts.keys()].map((contextHash) => prices.get(contextHash) ?? 0n))
  return {
    ...request,
    wanted: new Map([...request.wanted].filter(([contextHash]) => !texts.has(contextHash))),
    maxTokenCost: toMicroTokens(request.maxTokenCost - paid),
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
