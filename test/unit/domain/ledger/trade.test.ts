import { describe, expect, it } from 'vitest'
import { hashText } from '../../../../src/domain/content/context-hash.ts'
import { bytesToHexText, hexTextToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { encodeCbor } from '../../../../src/domain/kernel/cbor.ts'
import { sha256Digest } from '../../../../src/domain/kernel/hashing.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../../src/domain/kernel/micro-tokens.ts'
import { signAck, verifyAck } from '../../../../src/domain/ledger/ack.ts'
import {
  isFraudProof,
  parseDelivery,
  signDelivery,
  verifyDelivery,
} from '../../../../src/domain/ledger/delivery.ts'
import { parseEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import {
  fetchRequestDigest,
  parseQuote,
  signQuote,
  verifyQuote,
  type Quote,
} from '../../../../src/domain/ledger/quote.ts'
import { receiptToJson } from '../../../../src/domain/ledger/receipt.ts'
import { ann, bob, cat, codeOf, expectRefusal } from '../../../support/ledger.ts'
import { sampleDelivery, samplePurchase, sampleQuote, sampleTexts } from '../../../support/ledger-samples.ts'

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
  it('come back from their bytes, with the digest of these bytes as invoice', () => {
    const parsed = parseQuote(signedQuote.wire)
    expect(parsed).toEqual(signedQuote)
    expect(parsed.invoice).toEqual(sha256Digest(parsed.bytes))
    verifyQuote(parsed)
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

  it('are refused when somebody else than the payee signed, or a bit is flipped', () => {
    expectRefusal(() => verifyQuote(signQuote(cat, quote)), 'bad-signature')
    for (const wire of bitFlips(signedQuote.wire, 37)) {
      expect(codeOf(() => verifyQuote(parseQuote(wire)))).toBeDefined()
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
  const swapped = sampleDelivery(signedQuote, ['Something else.', sampleTexts[1]])

  it('are accepted when the payee states exactly what it quoted', () => {
    verifyDelivery(parseDelivery(honest), signedQuote)
    expect(isFraudProof(honest, bob.account)).toBe(false)
  })

  it('prove fraud by themselves when the payee states another content, and only against the one who signed', () => {
    expectRefusal(() => verifyDelivery(parseDelivery(swapped), signedQuote), 'bad-content')
    expect(isFraudProof(swapped, bob.account)).toBe(true)
    expect(isFraudProof(swapped, cat.account)).toBe(false)
    expect(isFraudProof(new Uint8Array([1, 2]), bob.account)).toBe(false)
  })

  it('are refused for another invoice, fewer contexts, or by another signer', () => {
    const delivery = parseDelivery(honest)
    const { invoice, items } = delivery
    const other = parseDelivery(signDelivery(bob, { invoice: new Uint8Array(32), items }))
    expectRefusal(() => verifyDelivery(other, signedQuote), 'bad-content')
    const less = parseDelivery(signDelivery(bob, { invoice, items: items.slice(1) }))
    expectRefusal(() => verifyDelivery(less, signedQuote), 'bad-content')
    const reversed = parseDelivery(signDelivery(bob, { invoice, items: [...items].reverse() }))
    expectRefusal(() => verifyDelivery(reversed, signedQuote), 'bad-content')
    const forged = parseDelivery(signDelivery(cat, { invoice, items }))
    expectRefusal(() => verifyDelivery(forged, signedQuote), 'bad-signature')
  })

  it('end in a typed refusal, and prove nothing, when any bit is flipped', () => {
    for (const wire of bitFlips(swapped, 37)) {
      expect(codeOf(() => verifyDelivery(parseDelivery(wire), signedQuote))).toBeDefined()
      expect(isFraudProof(wire, bob.account)).toBe(false)
    }
    expectRefusal(() => parseDelivery(new Uint8Array(20_481)), 'message-too-large')
    expectRefusal(
      () => parseDelivery(encodeCbor([encodeCbor([2, new Uint8Array(32), []]), new Uint8Array(64)])),
      'unsupported',
    )
  })
})

describe('acknowledgements', () => {
  it("are the payer's word about one payment", () => {
    const { pay, reclaim } = samplePurchase()
    const ack = signAck(ann, pay.hash)
    expect(verifyAck(ann.account, pay.hash, ack)).toBe(true)
    expect(verifyAck(bob.account, pay.hash, ack)).toBe(false)
    expect(verifyAck(ann.account, reclaim.hash, ack)).toBe(false)
  })
})

describe('receipts', () => {
  const { pay, certificateWire, deliveryWire, ack, claim } = samplePurchase()
  const quoteWire = signedQuote.wire

  it('show what was paid for what, and hold every signed message', () => {
    const text = receiptToJson({ quoteWire, payWire: pay.wire, certificateWire, deliveryWire, ack })
    const receipt = JSON.parse(text) as { signed: Record<string, string> }
    expect(receipt).toMatchObject({
      format: 'loremesh-receipt/1',
      payment: pay.hash,
      payer: ann.peerId,
      payee: bob.peerId,
      amountMicroTokens: quote.price.toString(),
      invoice: bytesToHexText(signedQuote.invoice),
      items: quote.items.map(({ contextHash, sizeBytes, price }) => ({
        contextHash,
        sizeBytes,
        priceMicroTokens: price.toString(),
      })),
    })
    expect(parseEntry(hexTextToBytes(receipt.signed['pay'] ?? '')).hash).toBe(pay.hash)
    expect(receipt.signed['ack']).toBe(bytesToHexText(ack))
  })

  it('leave out what is not there yet, and are about payments only', () => {
    const rest = { certificateWire: undefined, deliveryWire: undefined, ack: undefined }
    const receipt = JSON.parse(receiptToJson({ quoteWire, payWire: pay.wire, ...rest })) as { signed: object }
    expect(receipt.signed).toMatchObject({ certificate: null, delivery: null, ack: null })
    expectRefusal(() => receiptToJson({ quoteWire, payWire: claim.wire, ...rest }), 'bad-entry')
  })
})
