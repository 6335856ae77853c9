import type { ContextHash } from '../domain/content/context-hash.ts'
import { contextPrice } from '../domain/economy/price.ts'
import type { Account } from '../domain/identity/account.ts'
import type { SignatureVerifier } from '../domain/identity/signature.ts'
import { bytesEqual } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import { formatTokens, type MicroTokens } from '../domain/kernel/micro-tokens.ts'
import {
  fetchRequestDigest,
  MAX_QUOTE_LIFETIME_MS,
  parseQuote,
  verifyQuote,
  type SignedQuote,
} from '../domain/ledger/quote.ts'

/** Difference of two honest clocks that is still tolerated. */
const CLOCK_SKEW_MS = 30_000

/** What a payer asked for, and how it judges the answer. */
export interface QuoteTerms {
  readonly payee: Account
  readonly payer: Account
  readonly requestId: Uint8Array
  readonly contexts: readonly ContextHash[]
  readonly maxTokenCost: MicroTokens
  readonly pricePerKb: MicroTokens
  readonly nowMs: number
}

/**
 * The quote of a wire form, checked: nobody is bound by one that asks for more, for something else, or for somebody else.
 * Throws `bad-input`, `bad-signature`, `expired`, `price-above-limit` and what `parseQuote` throws.
 */
export async function checkQuote(
  wire: Uint8Array,
  terms: QuoteTerms,
  verifier: SignatureVerifier,
): Promise<SignedQuote> {
  const signed = parseQuote(wire)
  const { quote } = signed
  const fits =
    bytesEqual(quote.payee, terms.payee) &&
    bytesEqual(quote.payer, terms.payer) &&
    bytesEqual(quote.request, fetchRequestDigest(terms.requestId, terms.contexts))
  if (!fits) throw new LoremeshError('bad-input', 'The quote does not answer the request')
  checkTime(signed, terms.nowMs)
  checkItems(signed, terms)
  await verifyQuote(signed, verifier)
  return signed
}

function checkTime({ quote }: SignedQuote, nowMs: number): void {
  const leftMs = quote.expiresAtMs - nowMs
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

function checkItems({ quote }: SignedQuote, { contexts, maxTokenCost, pricePerKb }: QuoteTerms): void {
  const wanted = new Set(contexts)
  for (const { contextHash, sizeBytes, price } of quote.items) {
    if (!wanted.has(contextHash)) {
      throw new LoremeshError('bad-input', 'The quote lists something that was not asked for')
    }
    if (price > contextPrice(sizeBytes, pricePerKb)) {
      throw new LoremeshError(
        'price-above-limit',
        `The quote asks more than the network's tariff for ${contextHash}`,
      )
    }
  }
  if (quote.price > maxTokenCost) {
    throw new LoremeshError(
      'price-above-limit',
      `The peer asks ${formatTokens(quote.price)} tokens, the limit is ${formatTokens(maxTokenCost)}`,
      'Raise the limit per question, or ask more narrowly',
    )
  }
}
