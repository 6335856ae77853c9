import { describe, expect, it } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { sha256Digest } from '../../../../src/domain/kernel/hashing.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import {
  isFraudProof,
  parseDelivery,
  signDelivery,
  verifyDelivery,
  type SignedDelivery,
} from '../../../../src/domain/ledger/delivery.ts'
import {
  fetchRequestDigest,
  parseQuote,
  signQuote,
  verifyQuote,
  type Quote,
} from '../../../../src/domain/ledger/quote.ts'
import { bob, cat, expectRefusal, expectRejection, rejectionOf } from '../../../support/ledger.ts'
import { sampleDelivery, sampleQuote, sampleTexts } from '../../../support/ledger-samples.ts'
import { referenceVerifier } from '../../../support/reference-verifier.ts'

const signedQuote = sampleQuote()
const { quote } = signedQuote
const item = (text: string, price = 1) => ({
  contextHash: hashText(text),
  sizeBytes: 1,
  price: toMicroTokens(price),
})

/** Every wire form that differs in one bit, of every `step`-th bit. */
function* bitFlips(wire: Uint8Array, step: number): Generator<Uint8Array> {
  for (let bit = 0; bit < wire.length * 8; bit += step) {
    const flipped = wire.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield flipped
  }
}

describe('quotes', () => {
  it('come back from their bytes, with the digest of these bytes as invoice', async () => {
    const parsed = parseQuote(signedQuote.wire)
    expect(parsed).toEqual(signedQuote)
    expect(parsed.invoice).toEqual(sha256Digest(parsed.bytes))
    await verifyQuote(parsed, referenceVerifier)
  })

  it('hold 256 items and no more', () => {
    const items = (count: number) => Array.from({ length: count }, (_, index) => item(`${index}`))
    const offer = (count: number): Quote => ({ ...quote, items: items(count), price: toMicroTokens(count) })
    expect(signQuote(bob, offer(256)).wire.length).toBeLessThanOrEqual(16_384)
    expectRefusal(() => signQuote(bob, offer(257)), 'bad-encoding')
    expectRefusal(() => parseQuote(new Uint8Array(16_385)), 'message-too-large')
  })

  it.each([
    ['no items', { items: [], price: ZERO_TOKENS }, 'bad-input'],
    ['a context twice', { items: [item('a'), item('a')], price: toMicroTokens(2) }, 'bad-input'],
    ['a price that is not the sum', { items: [item('a'), item('b')], price: toMicroTokens(3) }, 'bad-input'],
    [
      'a context larger than any',
      { items: [{ ...item('a'), sizeBytes: 65_537 }], price: toMicroTokens(1) },
      'bad-encoding',
    ],
    ['a short nonce', { nonce: new Uint8Array(15) }, 'bad-encoding'],
    ['a short request digest', { request: new Uint8Array(31) }, 'bad-encoding'],
  ] as const)('are refused with %s', (_, change, code) => {
    expectRefusal(() => signQuote(bob, { ...quote, ...change }), code)
  })

  it('are refused when somebody else than the payee signed, or a bit is flipped', async () => {
    await expectRejection(() => verifyQuote(signQuote(cat, quote), referenceVerifier), 'bad-signature')
    for (const wire of bitFlips(signedQuote.wire, 37)) {
      expect(await rejectionOf(async () => verifyQuote(parseQuote(wire), referenceVerifier))).toBeDefined()
    }
  })

  it('answer one request: its id, and its contexts in their order', () => {
    const [a, b] = sampleTexts.map(hashText) as [ReturnType<typeof hashText>, ReturnType<typeof hashText>]
    const id = new Uint8Array(16).fill(5)
    expect(fetchRequestDigest(id, [a, b])).toEqual(quote.request)
    expect(fetchRequestDigest(id, [b, a])).not.toEqual(quote.request)
    expect(fetchRequestDigest(new Uint8Array(16), [a, b])).not.toEqual(quote.request)
  })
})

describe('deliveries', () => {
  const honest = sampleDelivery(signedQuote)
  const check = (delivery: SignedDelivery) => verifyDelivery(delivery, signedQuote, referenceVerifier)
  const swapped = sampleDelivery(signedQuote, ['Something else.', sampleTexts[1]])

  it('are accepted when the payee states exactly what it quoted', async () => {
    await check(parseDelivery(honest))
    expect(await isFraudProof(honest, bob.account, referenceVerifier)).toBe(false)
  })

  it('prove fraud by themselves when the payee states another content, and only against the one who signed', async () => {
    await expectRejection(() => check(parseDelivery(swapped)), 'bad-content')
    expect(await isFraudProof(swapped, bob.account, referenceVerifier)).toBe(true)
    expect(await isFraudProof(swapped, cat.account, referenceVerifier)).toBe(false)
    expect(await isFraudProof(new Uint8Array([1, 2]), bob.account, referenceVerifier)).toBe(false)
  })

  it('are refused for another invoice, fewer contexts, or by another signer', async () => {
    const delivery = parseDelivery(honest)
    const { invoice, items } = delivery
    const other = parseDelivery(signDelivery(bob, { invoice: new Uint8Array(32), items }))
    await expectRejection(() => check(other), 'bad-content')
    const less = parseDelivery(signDelivery(bob, { invoice, items: items.slice(1) }))
    await expectRejection(() => check(less), 'bad-content')
    const reversed = parseDelivery(signDelivery(bob, { invoice, items: [...items].reverse() }))
    await expectRejection(() => check(reversed), 'bad-content')
    const forged = parseDelivery(signDelivery(cat, { invoice, items }))
    await expectRejection(() => check(forged), 'bad-signature')
  })

  it('end in a typed refusal, and prove nothing, when any bit is flipped', async () => {
    for (const wire of bitFlips(swapped, 37)) {
      expect(await rejectionOf(async () => check(parseDelivery(wire)))).toBeDefined()
      expect(await isFraudProof(wire, bob.account, referenceVerifier)).toBe(false)
    }
    expectRefusal(() => parseDelivery(new Uint8Array(20_481)), 'message-too-large')
    expectRefusal(
      () => parseDelivery(encodeCbor([encodeCbor([2, new Uint8Array(32), []]), new Uint8Array(64)])),
      'unsupported',
    )
  })
})
