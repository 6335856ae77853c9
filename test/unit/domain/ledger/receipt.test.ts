import { describe, expect, it } from 'vitest'
import { bytesToHexText, hexTextToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import { parseEntry } from '../../../../src/domain/ledger/entry-codec.ts'
import { signQuote } from '../../../../src/domain/ledger/quote.ts'
import {
  MAX_RECEIPT_LENGTH,
  parseReceipt,
  receiptToJson,
  type ReceiptParts,
} from '../../../../src/domain/ledger/receipt.ts'
import { ann, bob, expectRefusal, genesis } from '../../../support/ledger.ts'
import { samplePurchase, sampleReceipt } from '../../../support/ledger-samples.ts'
import { hashText } from '../../../../src/domain/content/context-hash.ts'

const { quote, pay, reserve, claim, voucher } = samplePurchase()

describe('a receipt', () => {
  it('shows what was paid for what, and holds every signed message', () => {
    const receipt = JSON.parse(receiptToJson(sampleReceipt('pay'))) as { signed: Record<string, string> }
    expect(receipt).toMatchObject({
      format: 'loremesh-receipt/2',
      kind: 'pay',
      payment: pay.hash,
      payer: ann.peerId,
      payee: bob.peerId,
      amountMicroTokens: quote.quote.price.toString(),
      reservedMicroTokens: null,
      vouchedMicroTokens: null,
      timestampMs: pay.entry.timestampMs,
      invoice: bytesToHexText(quote.invoice),
      items: quote.quote.items.map(({ contextHash, sizeBytes, price }) => ({
        contextHash,
        sizeBytes,
        priceMicroTokens: price.toString(),
      })),
    })
    expect(parseEntry(hexTextToBytes(receipt.signed['entry'] ?? '')).hash).toBe(pay.hash)
  })

  it('of a session shows the reserve and the voucher, beside the price of this delivery', () => {
    expect(JSON.parse(receiptToJson(sampleReceipt('reserve')))).toMatchObject({
      kind: 'reserve',
      payment: reserve.hash,
      amountMicroTokens: quote.quote.price.toString(),
      reservedMicroTokens: genesis.creditLine.toString(),
      vouchedMicroTokens: voucher.amount?.toString(),
    })
  })

  it.each(['pay', 'reserve'] as const)('of a %s comes back from its text', (kind) => {
    const parts = sampleReceipt(kind)
    expect(parseReceipt(receiptToJson(parts)).parts).toEqual(parts)
    const rest = { certificateWire: undefined, deliveryWire: undefined, voucher: undefined }
    const begun = { ...parts, ...rest }
    expect(parseReceipt(receiptToJson(begun)).parts).toEqual(begun)
  })

  it('is about payments and reserves only', () => {
    const parts = sampleReceipt('pay')
    expectRefusal(() => receiptToJson({ ...parts, entryWire: claim.wire }), 'bad-entry')
    expectRefusal(() => receiptToJson({ ...parts, kind: 'reserve' }), 'bad-entry')
    expectRefusal(() => receiptToJson({ ...parts, entryWire: reserve.wire }), 'bad-entry')
  })

  it('fits into its limit with the most contexts that a quote may list', () => {
    const items = Array.from({ length: 256 }, (_, at) => ({
      contextHash: hashText(`${at}`),
      sizeBytes: 65_536,
      price: toMicroTokens(128_000_000_000_000n),
    }))
    const price = toMicroTokens(256n * 128_000_000_000_000n)
    const large = signQuote(bob, { ...quote.quote, items, price })
    const parts: ReceiptParts = {
      ...sampleReceipt('reserve'),
      quoteWire: large.wire,
      certificateWire: new Uint8Array(1_024),
      deliveryWire: new Uint8Array(20_480),
    }
    const text = receiptToJson(parts)
    expect(text.length).toBeLessThan(MAX_RECEIPT_LENGTH)
    expect(parseReceipt(text).parts).toEqual(parts)
  })
})

describe('the text of a receipt', () => {
  const fields = JSON.parse(receiptToJson(sampleReceipt('reserve'))) as { readonly signed: object }
  const withSigned = (change: object) => ({ ...fields, signed: { ...fields.signed, ...change } })

  it.each([
    ['no object', [], 'bad-input'],
    ['nothing', null, 'bad-input'],
    ['another format', { ...fields, format: 'loremesh-receipt/1' }, 'unsupported'],
    ['no format', { signed: {} }, 'unsupported'],
    ['an unknown kind', { ...fields, kind: 'gift' }, 'bad-input'],
    ['no messages', { ...fields, signed: null }, 'bad-input'],
    ['a list of messages', { ...fields, signed: [] }, 'bad-input'],
    ['no entry', withSigned({ entry: null }), 'bad-input'],
    ['no quote', withSigned({ quote: undefined }), 'bad-input'],
    ['a certificate that is left out', withSigned({ certificate: undefined }), 'bad-input'],
    ['a number as delivery', withSigned({ delivery: 5 }), 'bad-input'],
    ['letters that are no hexadecimal', withSigned({ entry: 'xy' }), 'bad-input'],
    ['half a byte', withSigned({ quote: 'abc' }), 'bad-input'],
    ['an entry too large', withSigned({ entry: '00'.repeat(1_025) }), 'message-too-large'],
    ['a quote too large', withSigned({ quote: '00'.repeat(16_385) }), 'message-too-large'],
    ['a voucher too large', withSigned({ voucher: '00'.repeat(129) }), 'message-too-large'],
    ['a voucher that is none', withSigned({ voucher: '01' }), 'bad-encoding'],
    ['a voucher that is no CBOR', withSigned({ voucher: 'ff' }), 'bad-encoding'],
  ] as const)('is refused with %s', (_, value, code) => {
    expectRefusal(() => parseReceipt(JSON.stringify(value)), code)
  })

  it('is refused when it is no JSON, nested without end, or too long', () => {
    expectRefusal(() => parseReceipt('loremesh-receipt/2'), 'bad-input')
    expectRefusal(() => parseReceipt(''), 'bad-input')
    expectRefusal(() => parseReceipt('['.repeat(MAX_RECEIPT_LENGTH)), 'bad-input')
    expectRefusal(() => parseReceipt(' '.repeat(MAX_RECEIPT_LENGTH + 1)), 'message-too-large')
  })
})
