import {
  contextHashToDigest,
  digestToContextHash,
  MAX_CONTEXT_BYTES,
  type ContextHash,
} from '../content/context-hash.ts'
import type { Account } from '../identity/account.ts'
import type { Identity } from '../identity/identity.ts'
import type { SignatureVerifier } from '../identity/signature.ts'
import { decodeCbor, encodeCbor } from '../kernel/cbor.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { sha256Digest, taggedDigest } from '../kernel/hashing.ts'
import { sumTokens, type MicroTokens } from '../kernel/micro-tokens.ts'
import { readAccount, readAmount, readBytes, readInteger, readList, readTuple } from './cbor-fields.ts'
import { encodeEnvelope, parseEnvelope } from './envelope.ts'

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
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  readonly invoice: Uint8Array
  readonly wire: Uint8Array
}

/** Contexts that one quote may list. */
export const MAX_QUOTE_ITEMS = 256
/** Longest time from making a quote to its end. */
export const MAX_QUOTE_LIFETIME_MS = 60_000
export const MAX_QUOTE_WIRE_BYTES = 16_384
const DIGEST_BYTES = 32
const NONCE_BYTES = 16

/** What a quote answers: SHA-256 over the request's id and its contexts, in their order. */
export function fetchRequestDigest(requestId: Uint8Array, contexts: readonly ContextHash[]): Uint8Array {
  return taggedDigest('fetch-request', encodeCbor([requestId, contexts.map(contextHashToDigest)]))
}

/**
 * Signs a quote of the identity's own. Bytes: cbor([1, payee, payer, request, [[context, sizeBytes, price]…], price,
 * nonce, expiresAtMs]). Throws what `parseQuote` throws.
 */
export function signQuote(identity: Pick<Identity, 'sign'>, quote: Quote): SignedQuote {
  const { payee, payer, request, items, price, nonce, expiresAtMs } = quote
  const rows = items.map((item) => [contextHashToDigest(item.contextHash), item.sizeBytes, item.price])
  const bytes = encodeCbor([1, payee, payer, request, rows, price, nonce, expiresAtMs])
  return parseQuote(encodeEnvelope(bytes, identity.sign(taggedDigest('quote', bytes))))
}

/**
 * The quote of a wire form, with different contexts whose prices add up; the signature is not verified yet. Throws
 * `message-too-large`, `bad-encoding`, `unsupported` or `bad-input`.
 */
export function parseQuote(wire: Uint8Array): SignedQuote {
  const { bytes, signature } = parseEnvelope(wire, MAX_QUOTE_WIRE_BYTES, 'quote')
  const fields = readTuple(decodeCbor(bytes), 8, 'quote')
  const [version, payee, payer, request, rows, price, nonce, expiresAtMs] = fields
  if (version !== 1) {
    throw new LoremeshError(
      'unsupported',
      'The quote has a version that is not known here',
      'Update Loremesh',
    )
  }
  const items = readList(rows, MAX_QUOTE_ITEMS, 'items').map((row): QuoteItem => {
    const [context, sizeBytes, itemPrice] = readTuple(row, 3, 'item')
    return {
      contextHash: digestToContextHash(readBytes(context, DIGEST_BYTES, 'context hash')),
      sizeBytes: readInteger(sizeBytes, 'size', MAX_CONTEXT_BYTES),
      price: readAmount(itemPrice, 'price of an item'),
    }
  })
  const quote: Quote = {
    payee: readAccount(payee, 'payee'),
    payer: readAccount(payer, 'payer'),
    request: readBytes(request, DIGEST_BYTES, 'request digest'),
    items,
    price: readAmount(price, 'price'),
    nonce: readBytes(nonce, NONCE_BYTES, 'nonce'),
    expiresAtMs: readInteger(expiresAtMs, 'end of the quote'),
  }
  checkItems(quote)
  return { quote, bytes, signature, invoice: sha256Digest(bytes), wire }
}

/** Checks that the quote is signed by its payee (`bad-signature`). What it offers is for the payer to judge. */
export async function verifyQuote(signed: SignedQuote, verifier: SignatureVerifier): Promise<void> {
  const { quote, bytes, signature } = signed
  if (
    !(await verifier.verify([{ account: quote.payee, message: taggedDigest('quote', bytes), signature }]))
  ) {
    throw new LoremeshError('bad-signature', 'The quote is not signed by its payee')
  }
}

function checkItems({ items, price }: Quote): void {
  if (items.length === 0 || new Set(items.map((item) => item.contextHash)).size !== items.length) {
    throw new LoremeshError('bad-input', 'A quote lists different contexts, at least one')
  }
  if (price !== sumTokens(items.map((item) => item.price))) {
    throw new LoremeshError('bad-input', "The quote's price is not the sum of its items")
  }
}
