import { contextHashToDigest, type ContextHash } from '../domain/content/context-hash.ts'
import { contextPrice } from '../domain/economy/price.ts'
import { peerIdToAccount, type PeerId } from '../domain/identity/account.ts'
import type { Identity } from '../domain/identity/identity.ts'
import { textToBytes } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { formatTokens, sumTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import { signDelivery } from '../domain/ledger/delivery.ts'
import {
  fetchRequestDigest,
  MAX_QUOTE_LIFETIME_MS,
  signQuote,
  type QuoteItem,
  type SignedQuote,
} from '../domain/ledger/quote.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextStore } from '../ports/context-store.ts'
import type { Hasher } from '../ports/hasher.ts'
import type { FetchRequest } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { LedgerView } from './ledger-view.ts'
import type { OwnLibrary } from './library.ts'

/** Offers of shared contexts, and what is delivered for them. */
export interface SaleContents {
  /**
   * A signed offer of those of the requested contexts that are shared here, in the order of the request as far as its
   * limit goes: a payer with a wrong idea of one context's size gets the others. Throws `not-found` when none is shared,
   * `price-above-limit` when the limit is too low for each of them.
   */
  quote(request: FetchRequest, payer: PeerId): Promise<SignedQuote>
  /** The bytes of each context of a quote, in its order. Throws `not-found` for one that is not shared any more. */
  contentsOf(quote: SignedQuote): Promise<readonly Uint8Array[]>
  /** The signed statement that these bytes were delivered for a quote. */
  stateDelivery(quote: SignedQuote, contents: readonly Uint8Array[]): Promise<Uint8Array>
}

/** Creates the offers of `identity`. */
export function createSaleContents(components: {
  readonly identity: Identity
  readonly library: Pick<OwnLibrary, 'isShared'>
  readonly contextStore: ContextStore
  readonly clock: Pick<Clock, 'nowMs'>
  readonly randomness: Randomness
  readonly hasher: Hasher
  readonly view: Pick<LedgerView, 'parameters'>
}): SaleContents {
  const { identity, library, contextStore, clock, randomness, hasher, view } = components

  async function textsOf(contextHashes: readonly ContextHash[]): Promise<readonly string[]> {
    const contexts = await contextStore.getContexts(contextHashes)
    const texts = new Map(contexts.map((context) => [context.contextHash, context.text]))
    return contextHashes.map((contextHash) => {
      const text = texts.get(contextHash)
      if (text === undefined || !library.isShared(contextHash)) {
        throw new LoremeshError('not-found', `${contextHash} is not shared here any more`)
      }
      return text
    })
  }

  return {
    async quote(request, payer) {
      const contexts = await contextStore.getContexts(request.contexts.filter(library.isShared))
      if (contexts.length === 0) {
        throw new LoremeshError('not-found', 'None of these contexts is shared here')
      }
      const { pricePerKb } = view.parameters()
      const priced = contexts.map(({ contextHash, sizeBytes }) => ({
        contextHash,
        sizeBytes,
        price: contextPrice(sizeBytes, pricePerKb),
      }))
      const items = withinLimit(priced, request.maxTokenCost)
      return signQuote(identity, {
        payee: identity.account,
        payer: peerIdToAccount(payer),
        request: fetchRequestDigest(request.requestId, request.contexts),
        items,
        price: sumTokens(items.map((item) => item.price)),
        nonce: randomness.bytes(16),
        expiresAtMs: clock.nowMs() + MAX_QUOTE_LIFETIME_MS,
      })
    },

    async contentsOf({ quote }) {
      return (await textsOf(quote.items.map((item) => item.contextHash))).map(textToBytes)
    },

    async stateDelivery({ quote, invoice }, contents) {
      const digests = await hasher.sha256(contents)
      return signDelivery(identity, {
        invoice,
        items: quote.items.map((item, at) => ({
          contextDigest: contextHashToDigest(item.contextHash),
          deliveredDigest: digests[at] ?? new Uint8Array(),
        })),
      })
    },
  }
}

function withinLimit(items: readonly QuoteItem[], maxTokenCost: MicroTokens): readonly QuoteItem[] {
  let left: bigint = maxTokenCost
  const affordable = items.filter(({ price }) => {
    if (price > left) return false
    left -= price
    return true
  })
  if (affordable.length > 0) return affordable
  const cheapest = items.reduce((least, { price }) => (price < least ? price : least), items[0]?.price ?? 0n)
  throw new LoremeshError(
    'price-above-limit',
    `The cheapest of these costs ${formatTokens(cheapest)} tokens, the limit is ${formatTokens(maxTokenCost)}`,
  )
}
