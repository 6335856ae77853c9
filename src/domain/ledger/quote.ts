import type { ContextHash } from '../content/context-hash.ts'
import type { Account } from '../identity/account.ts'
import type { MicroTokens } from '../kernel/micro-tokens.ts'

/** One context of a quote and its price. */
export interface QuoteItem {
  readonly contextHash: ContextHash
  readonly sizeBytes: number
  readonly price: MicroTokens
}

/** A payee's signed offer to deliver these contexts to this payer for this price. */
export interface Quote {
  readonly payee: Account
  readonly payer: Account
  /** SHA-256 digest of the request that it answers. */
  readonly request: Uint8Array
  readonly items: readonly QuoteItem[]
  readonly price: MicroTokens
  /** 16 random bytes, so that two quotes never share an invoice. */
  readonly nonce: Uint8Array
  /** At most 60 s after the quote was made; a payment made later is refused. */
  readonly expiresAtMs: number
}

/** A quote with its exact signed bytes. `invoice` is the SHA-256 digest of `bytes`; `wire` is cbor([bytes, signature]). */
export interface SignedQuote {
  readonly quote: Quote
  readonly invoice: Uint8Array
  readonly wire: Uint8Array
}
