import { expect, it } from 'vitest'
import { parseTokens, sumTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { ErrorCode } from '../../../src/domain/kernel/errors.ts'
import { fetchRequestDigest, signQuote, type Quote } from '../../../src/domain/ledger/quote.ts'
import { checkQuote, type QuoteTerms } from '../../../src/peer/quote-check.ts'
import { ann, bob, cat, expectRejection, START_MS } from '../../support/ledger.ts'
import { promptVerifier } from '../../support/prompt-crypto.ts'
import { testHash } from '../../support/test-contexts.ts'

const contexts = [testHash(1), testHash(2)]
const requestId = new Uint8Array(16)
const pricePerKb = parseTokens('2')

/** Ann buys two contexts of 1 KB of Bob. */
const terms: QuoteTerms = {
  payee: bob.account,
  payer: ann.account,
  requestId,
  contexts,
  maxTokenCost: parseTokens('4'),
  pricePerKb,
  nowMs: START_MS,
}
const items = contexts.map((contextHash) => ({ contextHash, sizeBytes: 1_024, price: pricePerKb }))
const honest: Quote = {
  payee: bob.account,
  payer: ann.account,
  request: fetchRequestDigest(requestId, contexts),
  items,
  price: parseTokens('4'),
  nonce: new Uint8Array(16),
  expiresAtMs: START_MS + 60_000,
}
const priced = (some: Quote['items']): Partial<Quote> => ({
  items: some,
  price: sumTokens(some.map(({ price }) => price)),
})
const check = (change: Partial<Quote>, asked: Partial<QuoteTerms> = {}, signer = bob) =>
  checkQuote(signQuote(signer, { ...honest, ...change }).wire, { ...terms, ...asked }, promptVerifier)

it.each<[string, Partial<Quote>]>([
  ['for everything', {}],
  ['for a part of it', priced(items.slice(1))],
  ['for less than the tariff', priced(items.map((item) => ({ ...item, price: toMicroTokens(1n) })))],
  ['from a clock half a minute ahead', { expiresAtMs: START_MS + 90_000 }],
  ['from a clock almost a minute behind', { expiresAtMs: START_MS + 1 }],
])('a quote %s is taken', async (_, change) => {
  expect((await check(change)).quote).toEqual({ ...honest, ...change })
})

it.each<[string, Partial<Quote>, ErrorCode]>([
  ['for another payer', { payer: cat.account }, 'bad-input'],
  ['of another payee', { payee: cat.account }, 'bad-input'],
  ['for another request', { request: new Uint8Array(32) }, 'bad-input'],
  [
    'of something else',
    priced(items.slice(1).map((item) => ({ ...item, contextHash: testHash(3) }))),
    'bad-input',
  ],
  ['that ends too late', { expiresAtMs: START_MS + 90_001 }, 'bad-input'],
  ['that has ended', { expiresAtMs: START_MS }, 'expired'],
  [
    'above the tariff for one context',
    priced([{ contextHash: testHash(1), sizeBytes: 1_024, price: toMicroTokens(pricePerKb + 1n) }]),
    'price-above-limit',
  ],
])('a quote %s is refused', async (_, change, code) => {
  await expectRejection(() => check(change), code)
})

it('a quote above the limit of the question is refused', async () => {
  await expectRejection(
    () => check({}, { maxTokenCost: toMicroTokens(honest.price - 1n) }),
    'price-above-limit',
  )
})

it('a quote that somebody else has signed is refused', async () => {
  await expectRejection(() => check({}, {}, cat), 'bad-signature')
})

it('a quote for another id of the request is refused', async () => {
  await expectRejection(() => check({}, { requestId: new Uint8Array(16).fill(1) }), 'bad-input')
})
