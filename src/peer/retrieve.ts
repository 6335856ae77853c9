import type { ContextHash } from '../domain/content/context-hash.ts'
import type { Context } from '../domain/content/context.ts'
import { contextPrice } from '../domain/economy/price.ts'
import { accountToPeerId, type PeerId } from '../domain/identity/account.ts'
import { sumTokens, ZERO_TOKENS, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { LinkKind } from '../ports/network.ts'
import { toTrouble, type Candidate, type Provider } from './discover.ts'
import type { AskTrouble } from './peer.ts'
import type { Buyer, Purchase } from './purchase.ts'
import type { SearchIndex } from './search-index.ts'

/** Contexts that one request may name. */
const MAX_CONTEXTS_PER_REQUEST = 256

/** How a context that was fetched for a question came. */
export interface Retrieved {
  readonly provider: PeerId
  readonly paid: MicroTokens
  readonly transport: LinkKind
}

export interface Retrieval {
  readonly retrieved: ReadonlyMap<ContextHash, Retrieved>
  readonly troubles: readonly AskTrouble[]
  /** Time until the slowest payment was certified, and from there until the slowest delivery was verified. */
  readonly payMs: number
  readonly fetchMs: number
}

/** Buys candidates, each from one of its providers, and keeps them. */
export interface Retriever {
  /** Contexts of a provider that fails are tried once more with another provider that offers them. */
  retrieve(
    candidates: readonly Candidate[],
    options: {
      readonly question: string
      readonly signal?: AbortSignal
      readonly onStage?: (stage: 'paying' | 'fetching') => void
    },
  ): Promise<Retrieval>
}

/** Creates what buys contexts through `buyer` and keeps them in `contextStore` and `index`. */
export function createRetriever(
  components: {
    readonly buyer: Buyer
    readonly contextStore: ContextStore
    readonly index: SearchIndex
    readonly clock: Pick<Clock, 'nowMs'>
  },
  options: { readonly pricePerKb: MicroTokens },
): Retriever {
  const { buyer, contextStore, index, clock } = components

  async function keep(candidates: readonly Candidate[], purchase: Purchase): Promise<void> {
    const contexts = candidates.flatMap(({ descriptor: { descriptor } }): Context[] => {
      const text = purchase.texts.get(descriptor.contextHash)
      if (text === undefined) return []
      return [
        {
          contextHash: descriptor.contextHash,
          text,
          sizeBytes: descriptor.sizeBytes,
          title: descriptor.title,
          headingPath: descriptor.headingPath,
          tags: descriptor.tags,
          documentHash: descriptor.documentHash,
          documentTitle: descriptor.documentTitle,
          documentBytes: descriptor.documentBytes,
          startByte: 0,
          endByte: descriptor.sizeBytes,
          author: accountToPeerId(descriptor.author),
          origin: 'cached',
          addedAtMs: clock.nowMs(),
        },
      ]
    })
    const edges = contexts.flatMap(({ contextHash, documentHash, author }) => [
      { from: contextHash, kind: 'PART_OF' as const, to: documentHash },
      { from: contextHash, kind: 'AUTHORED_BY' as const, to: author },
    ])
    await contextStore.putContexts(contexts, edges)
    await contextStore.putDescriptors(candidates.map((candidate) => candidate.descriptor))
    await index.add(contexts)
  }

  return {
    async retrieve(candidates, { question, signal, onStage }) {
      const retrieved = new Map<ContextHash, Retrieved>()
      const troubles: AskTrouble[] = []
      const failed = new Set<PeerId>()
      let payMs = 0
      let fetchMs = 0

      async function buyFrom(provider: Provider, wanted: readonly Candidate[]): Promise<void> {
        const sizes = new Map(
          wanted.map(({ descriptor: { descriptor } }) => [descriptor.contextHash, descriptor.sizeBytes]),
        )
        const limit = sumTokens([...sizes.values()].map((size) => contextPrice(size, options.pricePerKb)))
        try {
          const purchase = await buyer.buy({
            provider: provider.peerId,
            addresses: provider.addresses,
            wanted: sizes,
            maxTokenCost: limit,
            question,
            ...(signal === undefined ? {} : { signal }),
            ...(onStage === undefined ? {} : { onStage }),
          })
          await keep(wanted, purchase)
          payMs = Math.max(payMs, purchase.payMs)
          fetchMs = Math.max(fetchMs, purchase.fetchMs)
          for (const contextHash of purchase.texts.keys()) {
            const paid = purchase.prices.get(contextHash) ?? ZERO_TOKENS
            retrieved.set(contextHash, { provider: provider.peerId, paid, transport: purchase.transport })
          }
        } catch (error) {
          signal?.throwIfAborted()
          failed.add(provider.peerId)
          troubles.push(toTrouble(provider.peerId, error))
        }
      }

      /** One round: every context still missing goes to its first provider that has not failed yet. */
      async function round(): Promise<void> {
        const orders = new Map<PeerId, { readonly provider: Provider; readonly wanted: Candidate[] }>()
        for (const candidate of candidates) {
          if (retrieved.has(candidate.descriptor.descriptor.contextHash)) continue
          const provider = candidate.providers.find(({ peerId }) => !failed.has(peerId))
          if (provider === undefined) continue
          const order = orders.get(provider.peerId) ?? { provider, wanted: [] }
          if (order.wanted.length < MAX_CONTEXTS_PER_REQUEST) order.wanted.push(candidate)
          orders.set(provider.peerId, order)
        }
        await Promise.all([...orders.values()].map(({ provider, wanted }) => buyFrom(provider, wanted)))
      }

      await round()
      if (failed.size > 0) await round()
      return { retrieved, troubles, payMs, fetchMs }
    },
  }
}
