import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import { contextPrice } from '../domain/economy/price.ts'
import type { PeerId } from '../domain/identity/account.ts'
import { sumTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { LinkKind } from '../ports/network.ts'
import { describedContext } from './described-context.ts'
import { toTrouble, type Candidate, type Offer, type Provider } from './discover.ts'
import type { LedgerView } from './ledger-view.ts'
import type { AskTrouble } from './peer.ts'
import type { Buyer } from './purchase.ts'
import type { SearchIndex } from './search-index.ts'

/** Contexts that one request may name. */
const MAX_CONTEXTS_PER_REQUEST = 256

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
   * trouble. Contexts that a provider fails to deliver are tried once more with another one that offers them.
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

/** Creates what buys contexts through `buyer` and keeps them in `contextStore` and `index`. */
export function createRetriever(components: {
  readonly buyer: Buyer
  readonly contextStore: ContextStore
  readonly index: SearchIndex
  readonly clock: Pick<Clock, 'nowMs'>
  readonly view: Pick<LedgerView, 'parameters'>
}): Retriever {
  const { buyer, contextStore, index, clock, view } = components

  const priceOf = ({ descriptor: { descriptor } }: Offer): MicroTokens =>
    contextPrice(descriptor.sizeBytes, view.parameters().pricePerKb)

  async function keep(offers: readonly Offer[], texts: ReadonlyMap<ContextHash, string>): Promise<void> {
    const delivered = offers.filter((offer) => texts.has(hashOf(offer)))
    const contexts = delivered.flatMap(({ descriptor: { descriptor } }): Context[] => {
      const text = texts.get(descriptor.contextHash)
      if (text === undefined) return []
      return [describedContext(descriptor, text, clock.nowMs())]
    })
    const edges = contexts.flatMap(({ contextHash, documentHash, author }) => [
      { from: contextHash, kind: 'PART_OF' as const, to: documentHash },
      { from: contextHash, kind: 'AUTHORED_BY' as const, to: author },
    ])
    await contextStore.putContexts(contexts, edges)
    await contextStore.putDescriptors(delivered.map((offer) => offer.descriptor))
    await index.add(contexts)
  }

  return {
    async retrieve(candidates, { question, maxTokenCost, signal, onStage }) {
      const retrieved = new Map<ContextHash, Retrieved>()
      const troubles: AskTrouble[] = []
      const failed = new Set<PeerId>()
      /** Offers whose provider delivered other contexts, but not this one. */
      const notDelivered = new Set<Offer>()
      /** Candidates that the limit leaves no room for. */
      let tooDear: readonly Candidate[] = []
      let payMs = 0
      let fetchMs = 0

      async function buyFrom({ provider, offers }: Order): Promise<void> {
        const wanted = new Map(
          offers.map(({ descriptor: { descriptor } }) => [descriptor.contextHash, descriptor.sizeBytes]),
        )
        try {
          const purchase = await buyer.buy({
            provider: provider.peerId,
            addresses: provider.addresses,
            wanted,
            maxTokenCost: sumTokens(offers.map(priceOf)),
            question,
            keep: (texts) => keep(offers, texts),
            ...(signal === undefined ? {} : { signal }),
            ...(onStage === undefined ? {} : { onStage }),
          })
          payMs = Math.max(payMs, purchase.payMs)
          fetchMs = Math.max(fetchMs, purchase.fetchMs)
          for (const offer of offers) {
            const contextHash = hashOf(offer)
            if (!purchase.texts.has(contextHash)) {
              if (purchase.failure === undefined) notDelivered.add(offer)
              continue
            }
            const paid = purchase.prices.get(contextHash) ?? ZERO_TOKENS
            retrieved.set(contextHash, { provider: provider.peerId, paid, transport: purchase.transport })
          }
          if (purchase.failure !== undefined) {
            failed.add(provider.peerId)
            troubles.push(toTrouble(provider.peerId, purchase.failure))
          }
        } catch (error) {
          signal?.throwIfAborted()
          failed.add(provider.peerId)
          troubles.push(toTrouble(provider.peerId, error))
        }
      }

      /** One round: every context still missing is ordered by its first affordable offer that has not failed. */
      async function round(): Promise<void> {
        const orders = new Map<PeerId, Order>()
        const leftOut: Candidate[] = []
        let planned: bigint = sumTokens([...retrieved.values()].map(({ paid }) => paid))
        for (const candidate of candidates) {
          if (retrieved.has(candidate.descriptor.descriptor.contextHash)) continue
          const open = candidate.offers.filter(
            (offer) => !failed.has(offer.provider.peerId) && !notDelivered.has(offer),
          )
          const offer = open.find((one) => planned + priceOf(one) <= maxTokenCost)
          if (offer === undefined) {
            if (open.length > 0) leftOut.push(candidate)
            continue
          }
          const order = orders.get(offer.provider.peerId) ?? { provider: offer.provider, offers: [] }
          if (order.offers.length === MAX_CONTEXTS_PER_REQUEST) continue
          orders.set(offer.provider.peerId, order)
          order.offers.push(offer)
          planned += priceOf(offer)
        }
        tooDear = leftOut
        await Promise.all([...orders.values()].map(buyFrom))
      }

      await round()
      if (failed.size + notDelivered.size > 0) await round()
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
