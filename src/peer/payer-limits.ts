import type { PeerId } from '../domain/identity/account.ts'
import { bytesEqual, bytesToHexText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { SignedQuote } from '../domain/ledger/quote.ts'
import type { Clock } from '../ports/clock.ts'
import { dropExpired } from './drop-expired.ts'

/** Quotes to one peer that may wait for its payment; more make it lock tokens for nothing, or collect deliveries. */
const MAX_OPEN_QUOTES_PER_PEER = 16
const MAX_OPEN_QUOTES = 1_000
/** Times that one payment is delivered for: retries after lost links need a few. */
const MAX_DELIVERIES = 8

/** What payers may have open with this provider, so that nobody gets much for little. */
export interface PayerLimits {
  /** The quote that was made for this request and still holds, so that a repeated request gets the same invoice. */
  quoteFor(from: PeerId, requestId: Uint8Array): SignedQuote | undefined
  /** Remembers a quote; throws `rate-limited` when the peer has too many that it has not paid. */
  addQuote(from: PeerId, requestId: Uint8Array, signed: SignedQuote): void
  /**
   * Counts a delivery for a payment that can be claimed until `expiresAtMs`, in ms since 1970: the quote is open no more.
   * Throws `rate-limited` when it was delivered often enough.
   */
  countDelivery(signed: SignedQuote, expiresAtMs: number): void
}

/** Creates limits that are kept in memory; a restart forgets them, which costs a few deliveries at most. */
export function createPayerLimits({ clock }: { readonly clock: Pick<Clock, 'nowMs'> }): PayerLimits {
  /** Oldest first, by peer and request id. */
  const quotes = new Map<string, { readonly from: PeerId; readonly signed: SignedQuote }>()
  /** By invoice. */
  const deliveries = new Map<string, { readonly count: number; readonly expiresAtMs: number }>()

  const keyOf = (from: PeerId, requestId: Uint8Array): string => `${from} ${bytesToHexText(requestId)}`

  function forgetExpired(): void {
    const now = clock.nowMs()
    for (const [key, { signed }] of quotes) if (signed.quote.expiresAtMs <= now) quotes.delete(key)
    dropExpired(deliveries, now)
  }

  return {
    quoteFor(from, requestId) {
      forgetExpired()
      return quotes.get(keyOf(from, requestId))?.signed
    },
    addQuote(from, requestId, signed) {
      forgetExpired()
      const open = [...quotes.values()].filter((quote) => quote.from === from)
      if (open.length >= MAX_OPEN_QUOTES_PER_PEER) {
        throw new LoremeshError('rate-limited', `${open.length} earlier quotes are not paid yet`)
      }
      const [oldest] = quotes.keys()
      if (quotes.size >= MAX_OPEN_QUOTES && oldest !== undefined) quotes.delete(oldest)
      quotes.set(keyOf(from, requestId), { from, signed })
    },
    countDelivery({ invoice }, expiresAtMs) {
      forgetExpired()
      for (const [key, { signed }] of quotes) if (bytesEqual(signed.invoice, invoice)) quotes.delete(key)
      const paid = bytesToHexText(invoice)
      const count = (deliveries.get(paid)?.count ?? 0) + 1
      if (count > MAX_DELIVERIES) {
        throw new LoremeshError(
          'rate-limited',
          `This payment was delivered for ${MAX_DELIVERIES} times already`,
        )
      }
      deliveries.set(paid, { count, expiresAtMs })
    },
  }
}
