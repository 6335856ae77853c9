import { digestToContextHash, type ContextHash } from '../domain/content/context-hash.ts'
import { contextPrice } from '../domain/economy/price.ts'
import { peerIdToAccount, shortPeerId, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { bytesToText } from '../domain/kernel/bytes.ts'
import { isLoremeshError, LoremeshError, type ErrorCode } from '../domain/kernel/errors.ts'
import { sumTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { parseDelivery, verifyDelivery } from '../domain/ledger/delivery.ts'
import type { Genesis } from '../domain/ledger/genesis.ts'
import type { QuoteItem, SignedQuote } from '../domain/ledger/quote.ts'
import type { Clock } from '../ports/clock.ts'
import type { Hasher } from '../ports/hasher.ts'
import type { LedgerStore } from '../ports/ledger-store.ts'
import type { LinkKind, Network, Taking } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { PayerSession, PayerSessions } from './payer-sessions.ts'
import { createPayingOut, type PayingOut } from './paying-out.ts'
import { checkQuote } from './quote-check.ts'

const ATTEMPTS = 2
/** Time that a peer gets which has too much to do, before it is asked again. */
const RATE_LIMIT_WAIT_MS = 1_000
/** Failures after which the same peer is asked again: nothing was paid for what did not come. */
const retriable: readonly ErrorCode[] = ['not-connected', 'rate-limited', 'timeout', 'truncated']
/** Refusals that say that a reserve is used up or gone: another one may serve. */
const spent: readonly ErrorCode[] = ['already-claimed', 'expired', 'not-found', 'payment-required']

/** Contexts bought from one peer. */
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
  /** Keeps texts as they come; when it throws, they are not paid for. */
  readonly keep?: (texts: ReadonlyMap<ContextHash, string>) => Promise<void>
  readonly signal?: AbortSignal
  readonly onStage?: (stage: 'paying' | 'fetching') => void
}

/** The payer's side: reserve, quote, delivery, vouchers. */
export interface Buyer {
  /**
   * Buys contexts of one provider within a session. Nothing is paid but what came, fits its hash and was kept, save that a
   * context dearer than the provider's credit line is paid for in part before it comes. Throws, among others,
   * `price-above-limit`, `insufficient-balance`, `bad-content`, `truncated`, `authority-unreachable`.
   */
  buy(request: PurchaseRequest): Promise<Purchase>
  /** A link to the provider is new: what it missed is repeated with the next purchase, or now when it is owed something. */
  meetAgain(provider: PeerId): Promise<void>
}

/** Creates the payer's side. */
export function createBuyer(components: {
  readonly identity: Identity
  readonly sessions: PayerSessions
  readonly ledgerStore: LedgerStore
  readonly network: Network
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep'>
  readonly randomness: Randomness
  readonly hasher: Hasher
  readonly signatureVerifier: SignatureVerifier
  readonly genesis: Genesis
}): Buyer {
  const { identity, sessions, ledgerStore, network, clock, randomness, hasher, genesis } = components
  /** The last purchase of each provider: one after another, since they share a reserve. */
  const queues = new Map<PeerId, Promise<unknown>>()

  function needOf({ wanted }: PurchaseRequest): MicroTokens {
    return sumTokens([...wanted.values()].map((sizeBytes) => contextPrice(sizeBytes, genesis.pricePerKb)))
  }

  /** The delivery with its quote, which is checked before anything is paid. */
  async function take(
    request: PurchaseRequest,
    session: PayerSession,
  ): Promise<{ readonly taking: Taking; readonly quote: SignedQuote }> {
    const { provider, maxTokenCost, signal } = request
    const contexts = [...request.wanted.keys()]
    const requestId = randomness.bytes(16)
    const { reserve } = session
    const taking = await network.take(provider, { requestId, contexts, maxTokenCost, reserve }, signal)
    try {
      const quote = await checkQuote(
        taking.quoteWire,
        {
          payee: peerIdToAccount(provider),
          payer: identity.account,
          requestId,
          contexts,
          maxTokenCost,
          pricePerKb: genesis.pricePerKb,
          nowMs: clock.nowMs(),
        },
        components.signatureVerifier,
      )
      return { taking, quote }
    } catch (error) {
      taking.cancel()
      throw error
    }
  }

  async function verifyContent(item: QuoteItem, bytes: Uint8Array, provider: PeerId): Promise<string> {
    const [digest] = await hasher.sha256([bytes])
    if (digest === undefined || digestToContextHash(digest) !== item.contextHash) {
      throw new LoremeshError(
        'bad-content',
        `Peer ${shortPeerId(provider)} sent something else than ${item.contextHash}`,
        'It is not paid for',
      )
    }
    return bytesToText(bytes)
  }

  /** Takes the contexts one by one, keeps them and pays for them. */
  async function receive(
    request: PurchaseRequest,
    quote: SignedQuote,
    taking: Taking,
    paying: PayingOut,
  ): Promise<Map<ContextHash, string>> {
    const { items } = quote.quote
    const texts = new Map<ContextHash, string>()
    let unkept = new Map<ContextHash, string>()

    async function keepAndPay(next: QuoteItem | undefined): Promise<void> {
      const isDue = paying.isDue(next)
      if (next !== undefined && !isDue) return
      if (unkept.size > 0) await request.keep?.(unkept)
      unkept = new Map()
      if (isDue) await paying.pay(next)
    }

    let at = 0
    await keepAndPay(items[0])
    for await (const bytes of taking.contents(items.map((item) => item.sizeBytes))) {
      const item = items[at]
      if (item === undefined) throw new LoremeshError('bad-content', 'More came than was quoted')
      const text = await verifyContent(item, bytes, request.provider)
      texts.set(item.contextHash, text)
      unkept.set(item.contextHash, text)
      paying.received(item)
      at += 1
      await keepAndPay(items[at])
    }
    if (at < items.length) throw new LoremeshError('truncated', 'The delivery broke off')
    return texts
  }

  async function buyOnce(request: PurchaseRequest): Promise<Purchase> {
    const { provider, wanted, signal, onStage } = request
    const started = clock.monotonicMs()
    const link = await network.connect(provider, request.addresses, signal)
    const session = await sessions.open(provider, needOf(request), {
      signal,
      onReserve: () => onStage?.('paying'),
    })
    const paid = clock.monotonicMs()
    onStage?.('fetching')
    const { taking, quote } = await takeOrRetire(request, session)
    const described = withoutOtherSizes(wanted, quote)
    if (described.size < wanted.size) {
      // One false description does not spoil the whole order: what the provider has in another size is left out.
      taking.cancel()
      if (described.size === 0) {
        throw new LoremeshError('bad-input', 'The peer has other contexts than their descriptions say')
      }
      return buyOnce({ ...request, wanted: described })
    }
    const paying = await createPayingOut(
      { identity, ledgerStore, clock, taking },
      { provider, session, quote, question: request.question },
    )
    try {
      const texts = await receive(request, quote, taking, paying)
      const deliveryWire = await taking.deliveryWire()
      await verifyDelivery(parseDelivery(deliveryWire), quote, components.signatureVerifier)
      await paying.conclude(deliveryWire)
      return {
        texts,
        prices: new Map(quote.quote.items.map((item) => [item.contextHash, item.price])),
        transport: link.kind,
        payMs: paid - started,
        fetchMs: clock.monotonicMs() - paid,
      }
    } catch (error) {
      taking.cancel()
      throw error
    }
  }

  async function takeOrRetire(request: PurchaseRequest, session: PayerSession): ReturnType<typeof take> {
    try {
      return await take(request, session)
    } catch (error) {
      if (spent.some((code) => isLoremeshError(error, code))) sessions.retire(session.reserve)
      throw error
    }
  }

  async function buy(request: PurchaseRequest, attempt = 1): Promise<Purchase> {
    try {
      return await buyOnce(request)
    } catch (error) {
      const mayHelp = [...retriable, ...spent].some((code) => isLoremeshError(error, code))
      if (attempt >= ATTEMPTS || !mayHelp) throw error
      sessions.forget(request.provider)
      if (isLoremeshError(error, 'rate-limited')) await clock.sleep(RATE_LIMIT_WAIT_MS, request.signal)
      return buy(request, attempt + 1)
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
      for (const { payment, voucher, expiresAtMs } of owed) {
        if (voucher === undefined || expiresAtMs <= clock.nowMs()) continue
        await network.sendVoucher(provider, payment, voucher)
      }
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
