import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { receiptToJson } from '../../../src/domain/ledger/receipt.ts'
import {
  countNodes,
  nodeAt,
  readCbor,
  readJson,
  toCbor,
  toJson,
  widened,
  withNode,
} from '../../support/fuzz/message-tree.ts'
import { samplePurchase, sampleReceipt } from '../../support/ledger-samples.ts'
import { expectRefusal } from '../../support/ledger.ts'

const purchase = samplePurchase()

describe('the tree of a message', () => {
  it.each([
    ['an entry', purchase.claim.wire],
    ['a grant', purchase.grantWire],
    ['a quote', purchase.quote.wire],
    ['a certificate', purchase.certificateWire],
  ])('of %s is written as the same bytes', (_, wire) => {
    expect(toCbor(readCbor(wire))).toEqual(wire)
  })

  it('of a receipt is written as the same JSON', () => {
    const text = receiptToJson(sampleReceipt('pay', purchase))
    expect(JSON.parse(toJson(readJson(text)))).toEqual(JSON.parse(text))
  })

  it('opens messages within the message', () => {
    const envelope = readCbor(purchase.collect.wire)
    // The envelope, its body with twelve fields, an operation of two, the grant with its body of six, and a vote in a list.
    expect(countNodes(envelope)).toBeGreaterThan(30)
    const changed = withNode(envelope, countNodes(envelope) - 1, () => ({ kind: 'value', value: null }))
    expect(toCbor(changed)).not.toEqual(purchase.collect.wire)
    expect(nodeAt(changed, countNodes(envelope) - 1)).toEqual({ kind: 'value', value: null })
  })

  it('can say the same in a longer way, which no reader takes', () => {
    const values = fc.oneof<fc.Arbitrary<CborValue>[]>(
      fc.nat(),
      fc.string(),
      fc.uint8Array(),
      fc.array(fc.nat(), { maxLength: 40 }),
    )
    fc.assert(
      fc.property(values, (value) => {
        const longer = toCbor(widened(readCbor(encodeCbor(value))))
        expect(longer.length).toBeGreaterThan(encodeCbor(value).length)
        expectRefusal(() => decodeCbor(longer), 'bad-encoding')
      }),
    )
  })
})
