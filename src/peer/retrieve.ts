import type { ContextHash } from '../domain/content/context-hash.ts'
import { contextPrice } from '../domain/economy/price.ts'
import type { PeerId } from '../domain/identity/account.ts'
import type { ErrorCode } from '../domain/kernel/errors.ts'
import { sumTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Clock } from '../ports/clock.ts'
import type { LinkKind } from '../ports/network.ts'
import type { OwnCache } from './cache.ts'
import { toTrouble, type Candidate, type Offer, type Provider } from './discover.ts'
import type { LedgerView } from './ledger-view.ts'
import type { AskTrouble } from './peer.ts'
import type { ProviderStandings } from './provider-standings.ts'
import type { Buyer, Purchase } from './purchase.ts'
import { createSilenceWatch } from './silence-watch.ts'

/** A provider that says nothing for so long gives way to another one that offers the same. */
const SILENCE_MS = 1_500
/** One that nobody can stand in for is waited for so long. */
const LONGEST_SILENCE_MS = 5 * SILENCE_MS
/** Time that a purchase gets, once it is given up, to keep and pay what has come. */
const ENDING_MS = 250
/** Contexts that one request may name. */
const MAX_CONTEXTS_PER_REQUEST = 256

/** Failures that are the provider's: it is not there, does not have what it is said to have, or delivers something else. */
const providersFaults: ReadonlySet<ErrorCode> = new Set([
  'bad-content',
  'bad-encoding',
  'message-too-large',
  'not-connected',
  'not-found',
  'timeout',
  'truncated',
  'unsupported',
])

/** How a context that was fetched for a question came. */
export interface Retrieved {
  readonly provider: PeerId
  readonly paid: MicroTokens
  readonly transport: LinkKind
}

interface Retrieval {
  readonly retrieved: ReadonlyMap<ContextHash, Retrieved>
  readonly troubles: readonly AskTrouble[]
  /** True when everything was bought that the limit allows. */
  readonly complete: boolean
  /** Time until the slowest payment was certified, and from there until the slowest delivery was verified. */
  readonly payMs: number
  readonly fetchMs: number
}

/** Buys candidates, each from one of its providers, and keeps them. */
export interface Retriever {
  /**
   * Buys the candidates, best first, as far as `maxTokenCost` goes for all of them together; what is left out is a
   * trouble. Providers deliver at the same time. What one fails to deliver, or has not delivered when it falls silent, is
   * ordered at once of the next that offers it; what came is kept.
   */
  retrieve(
    candidates: readonly Candidate[],
    options: {
      readonly question: string
      readonly maxTokenCost: MicroTokens
      readonly signal?: AbortSignal
      readonly onStage?: (stage: 'paying' | 'fetching') => void
    },
  ): Promise<Retrieval>
}

/** Offers of one provider that are taken in one purchase. */
interface Order {
  readonly provider: Provider
  readonly offers: Offer[]
}

/** Creates what buys contexts through `buyer` and keeps them in `cache`. */
export function createRetriever(components: {
  readonly buyer: Buyer
  readonly cache: Pick<OwnCache, 'keep'>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep' | 'abortable'>
  readonly view: Pick<LedgerView, 'parameters'>
  readonly standings: Pick<ProviderStandings, 'noteDelivery'>
}): Retriever {
  const { buyer, cache, clock, view, standings } = components

  const priceOf = ({ descriptor: { descriptor } }: Offer): MicroTokens =>
    contextPrice(descriptor.sizeBytes, view.parameters().pricePerKb)

  function keep(
    { provider, offers }: Order,
    texts: ReadonlyMap<ContextHash, string>,
    prices: ReadonlyMap<ContextHash, MicroTokens>,
  ): ReturnType<OwnCache['keep']> {
    const bought = offers.flatMap((offer) => {
      const text = texts.get(hashOf(offer))
      if (text === undefined) return []
      const paid = prices.get(hashOf(offer)) ?? ZERO_TOKENS
      return [{ descriptor: offer.descriptor, text, seller: provider.peerId, paid }]
    })
    return cache.keep(bought)
  }

  return {
    async retrieve(candidates, { question, maxTokenCost, signal, onStage }) {
      const retrieved = new Map<ContextHash, Retrieved>()
      const troubles: AskTrouble[] = []
      /** Providers that were silent: asked again only for what nobody else offers. */
      const silent = new Set<PeerId>()
      const failed = new Set<PeerId>()
      /** Offers whose provider delivered other contexts, but not this one. */
      const notDelivered = new Set<Offer>()
      const ordered = new Map<ContextHash, Offer>()
      /** What was kept becomes searchable while it is paid for. */
      const indexing: Promise<void>[] = []
      let payMs = 0
      let fetchMs = 0

      /** Offers that may still be taken, those of silent providers last. */
      function openOffers({ offers }: Candidate): readonly Offer[] {
        const open = offers.filter((offer) => !failed.has(offer.provider.peerId) && !notDelivered.has(offer))
        const isSilent = (offer: Offer): boolean => silent.has(offer.provider.peerId)
        return [...open.filter((offer) => !isSilent(offer)), ...open.filter(isSilent)]
      }

      const isMissing = ({ descriptor: { descriptor } }: Candidate): boolean =>
        !retrieved.has(descriptor.contextHash) && !ordered.has(descriptor.contextHash)

      /** Whether somebody who is not silent offers something that this order still lacks. */
      function hasAlternative({ provider, offers }: Order): boolean {
        const lacking = new Set(offers.map(hashOf).filter((contextHash) => !retrieved.has(contextHash)))
        return candidates
          .filter(({ descriptor: { descriptor } }) => lacking.has(descriptor.contextHash))
          .flatMap(openOffers)
          .some((other) => other.provider.peerId !== provider.peerId && !silent.has(other.provider.peerId))
      }

      function noteDelivered({ provider, offers }: Order, purchase: Purchase): void {
        payMs = Math.max(payMs, purchase.payMs)
        fetchMs = Math.max(fetchMs, purchase.fetchMs)
        for (const contextHash of offers.map(hashOf).filter((one) => purchase.texts.has(one))) {
          const paid = purchase.prices.get(contextHash) ?? ZERO_TOKENS
          retrieved.set(contextHash, { provider: provider.peerId, paid, transport: purchase.transport })
        }
      }

      function noteEnd({ provider, offers }: Order, { texts, failure }: Purchase): void {
        if (failure !== undefined) {
          noteFailure(provider.peerId, failure)
          return
        }
        standings.noteDelivery(provider.peerId, texts.size > 0)
        for (const offer of offers) if (!texts.has(hashOf(offer))) notDelivered.add(offer)
      }

      function noteFailure(provider: PeerId, failure: unknown): void {
        const trouble = toTrouble(provider, failure)
        failed.add(provider)
        troubles.push(trouble)
        if (providersFaults.has(trouble.code)) standings.noteDelivery(provider, false)
      }

      /** Whether a provider is to be waited for no more: others offer the same, or it has been silent for very long. */
      function isEnough(order: Order, silentMs: number): boolean {
        const { peerId } = order.provider
        if (silentMs < LONGEST_SILENCE_MS && !hasAlternative(order)) return false
        if (silentMs < LONGEST_SILENCE_MS) silent.add(peerId)
        else failed.add(peerId)
        standings.noteDelivery(peerId, false)
        return true
      }

      /** Buys of one provider for as long as it is worth waiting for. Throws what `Buyer.buy` throws. */
      async function buyFrom(order: Order): Promise<void> {
        const { provider, offers } = order
        const buying = clock.abortable(signal)
        const silence = createSilenceWatch(clock, {
          stepMs: SILENCE_MS,
          isEnough: (silentMs) => isEnough(order, silentMs),
        })
        const purchase = buyer.buy({
          provider: provider.peerId,
          addresses: provider.addresses,
          wanted: new Map(
            offers.map(({ descriptor: { descriptor } }) => [descriptor.contextHash, descriptor.sizeBytes]),
          ),
          maxTokenCost: sumTokens(offers.map(priceOf)),
          question,
          async keep(texts, prices) {
            const { indexed } = await keep(order, texts, prices)
            indexing.push(indexed)
          },
          signal: buying.signal,
          onStage(stage) {
            if (stage === 'paying') silence.pause()
            else silence.heard()
            onStage?.(stage)
          },
          onProgress: silence.heard,
        })
        try {
          const complete = await Promise.race([purchase, silence.lasted])
          if (complete !== undefined) {
            noteDelivered(order, complete)
            noteEnd(order, complete)
            return
          }
          troubles.push(silentTrouble(order))
          buying.abort()
          const rest = clock.sleep(ENDING_MS)
          const partial = await Promise.race([purchase.catch(() => undefined), rest])
          if (partial !== undefined) noteDelivered(order, partial)
        } finally {
          silence.stop()
        }
      }

      /** What is to be bought now: each context that is missing, of its first affordable offer. */
      function nextOrders(): readonly Order[] {
        const orders = new Map<PeerId, Order>()
        const committed = [...ordered.values()].map(priceOf)
        let planned: bigint = sumTokens([...[...retrieved.values()].map(({ paid }) => paid), ...committed])
        for (const candidate of candidates.filter(isMissing)) {
          const offer = openOffers(candidate).find((one) => planned + priceOf(one) <= maxTokenCost)
          if (offer === undefined) continue
          const order = orders.get(offer.provider.peerId) ?? { provider: offer.provider, offers: [] }
          if (order.offers.length === MAX_CONTEXTS_PER_REQUEST) continue
          orders.set(offer.provider.peerId, order)
          order.offers.push(offer)
          ordered.set(hashOf(offer), offer)
          planned += priceOf(offer)
        }
        return [...orders.values()]
      }

      /** Orders what is missing; when one order ends, what it did not bring is ordered elsewhere at once. */
      async function advance(): Promise<void> {
        await Promise.all(
          nextOrders().map(async (order) => {
            try {
              await buyFrom(order)
            } catch (error) {
              signal?.throwIfAborted()
              noteFailure(order.provider.peerId, error)
            } finally {
              for (const offer of order.offers) ordered.delete(hashOf(offer))
            }
            await advance()
          }),
        )
      }

      await advance()
      await Promise.all(indexing)
      signal?.throwIfAborted()
      const tooDear = candidates.filter(
        (candidate) => isMissing(candidate) && openOffers(candidate).length > 0,
      )
      const complete = retrieved.size + tooDear.length === candidates.length
      const lacking = [...notDelivered].filter((offer) => !retrieved.has(hashOf(offer)))
      return {
        retrieved,
        troubles: [...tooDear.map(leftOutTrouble), ...troubles, ...lacking.map(lackingTrouble)],
        complete,
        payMs,
        fetchMs,
      }
    },
  }
}

function hashOf({ descriptor }: Offer): ContextHash {
  return descriptor.descriptor.contextHash
}

function silentTrouble({ provider }: Order): AskTrouble {
  return {
    provider: provider.peerId,
    code: 'timeout',
    message: 'The peer fell silent',
    hint: 'What it did not deliver was asked of others that offer it',
  }
}

function lackingTrouble({ provider, descriptor: { descriptor } }: Offer): AskTrouble {
  return {
    provider: provider.peerId,
    code: 'not-found',
    message: `“${descriptor.title}” was left out: the peer does not have it as described`,
    hint: 'Ask again later; another peer may have it',
  }
}

function leftOutTrouble({ descriptor: { descriptor }, offers }: Candidate): AskTrouble {
  return {
    provider: offers[0]?.provider.peerId ?? null,
    code: 'price-above-limit',
    message: `“${descriptor.title}” was left out: the limit per question is reached`,
    hint: 'Raise the limit per question to get more',
  }
}
