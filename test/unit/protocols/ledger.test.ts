import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCbor } from '../../../src/domain/kernel/cbor.ts'
import { parseCertificate } from '../../../src/domain/ledger/certificate.ts'
import { MAX_GRANT_WIRE_BYTES } from '../../../src/domain/ledger/grant.ts'
import {
  encodeGrantReply,
  encodeHeadReply,
  encodeLedgerRequest,
  encodePaymentReply,
  encodeVoteReply,
  MAX_HEAD_ENTRIES,
  MAX_LEDGER_ANSWER_BYTES,
  MAX_LEDGER_REQUEST_BYTES,
  parseGrantReply,
  parseHeadReply,
  parseLedgerRequest,
  parsePaymentReply,
  parseVoteReply,
  type AccountChain,
  type LedgerRequest,
} from '../../../src/protocols/ledger.ts'
import { encodeLedgerGossip, parseLedgerGossip } from '../../../src/protocols/ledger-gossip.ts'
import { ann, bob, codeOf, createTestLedger, expectRefusal } from '../../support/ledger.ts'
import { samplePurchase } from '../../support/ledger-samples.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'

const sample = samplePurchase()
const certificate = parseCertificate(sample.certificateWire)
const ledger = createTestLedger()
ledger.fund(ann)
const payment = ledger.pay(ann, bob, parseTokens('3'))
const chain: AccountChain = { state: ledger.state(ann), entries: [{ signed: sample.pay, certificate }] }
const vote = { authority: 3, signature: new Uint8Array(64).fill(1) }

const requests: readonly LedgerRequest[] = [
  { type: 'vote', entryWire: sample.claim.wire },
  { type: 'starter-grant' },
  { type: 'head', account: ann.account, fromSeq: 7 },
  { type: 'payment', payment: sample.pay.hash },
]

/** Every parser with the bytes of a right message. */
const messages: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ...requests.map((request) => [request.type, encodeLedgerRequest(request), parseLedgerRequest] as const),
  ['vote reply', encodeVoteReply(vote), parseVoteReply],
  ['grant reply', encodeGrantReply(sample.grantWire), parseGrantReply],
  ['head reply', encodeHeadReply(chain), parseHeadReply],
  ['payment reply', encodePaymentReply(payment), parsePaymentReply],
  ['gossiped entry', encodeLedgerGossip({ type: 'entry', signed: sample.pay }), parseLedgerGossip],
  ['gossiped certificate', encodeLedgerGossip({ type: 'certificate', certificate }), parseLedgerGossip],
]

describe('requests to an authority', () => {
  it.each(requests.map((request) => [request.type, request] as const))(
    '%s comes back as it was',
    (_, request) => {
      expect(parseLedgerRequest(encodeLedgerRequest(request))).toEqual(request)
    },
  )

  it('are refused when they are too large, of no known type, or with a field too many', () => {
    expectRefusal(() => parseLedgerRequest(new Uint8Array(MAX_LEDGER_REQUEST_BYTES + 1)), 'message-too-large')
    for (const value of [
      [],
      [0],
      [5],
      ['vote'],
      1,
      null,
      [2, 2],
      [3, ann.account, -1],
      [4, new Uint8Array(31)],
    ]) {
      expectRefusal(() => parseLedgerRequest(encodeCbor(value)), 'bad-encoding')
    }
  })
})

describe('answers of an authority', () => {
  it('come back as they were', () => {
    expect(parseVoteReply(encodeVoteReply(vote))).toEqual(vote)
    expect(parseGrantReply(encodeGrantReply(sample.grantWire))).toEqual(sample.grantWire)
    expect(parseHeadReply(encodeHeadReply(chain))).toEqual(chain)
    expect(parseHeadReply(encodeHeadReply(undefined))).toBeUndefined()
    expect(parsePaymentReply(encodePaymentReply(payment))).toEqual(payment)
    expect(parsePaymentReply(encodePaymentReply(undefined))).toBeUndefined()
  })

  it('fit their limit with as many of the largest claims as one may hold, and hold no more', () => {
    const largest = encodeCbor(new Uint8Array(8_192)).length + encodeCbor(new Uint8Array(1_024)).length + 1
    expect(MAX_HEAD_ENTRIES * largest + 512).toBeLessThanOrEqual(MAX_LEDGER_ANSWER_BYTES)
    const entry = { signed: sample.pay, certificate }
    const tooMany = encodeHeadReply({
      ...chain,
      entries: Array.from({ length: MAX_HEAD_ENTRIES + 1 }, () => entry),
    })
    expectRefusal(() => parseHeadReply(tooMany), 'bad-encoding')
    expectRefusal(() => parseVoteReply(new Uint8Array(MAX_LEDGER_ANSWER_BYTES + 1)), 'message-too-large')
    expectRefusal(() => parseGrantReply(encodeCbor(new Uint8Array(MAX_GRANT_WIRE_BYTES + 1))), 'bad-encoding')
  })
})

describe('gossip about the ledger', () => {
  it('comes back as it was', () => {
    for (const gossip of [
      { type: 'entry', signed: sample.claim } as const,
      { type: 'certificate', certificate } as const,
    ]) {
      expect(parseLedgerGossip(encodeLedgerGossip(gossip))).toEqual(gossip)
    }
  })

  it('is refused when it is too large or of no known type', () => {
    expectRefusal(() => parseLedgerGossip(new Uint8Array(16_385)), 'message-too-large')
    expectRefusal(() => parseLedgerGossip(encodeCbor([3, sample.pay.wire])), 'bad-encoding')
  })
})

describe('hostile bytes', () => {
  it.each(messages)(
    'of a %s end in a typed refusal or in another message, never in another exception',
    (_, bytes, parse) => {
      fc.assert(
        fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
          const flipped = bytes.slice()
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          codeOf(() => parse(flipped))
        }),
        { numRuns: 150 },
      )
      for (let length = 0; length < bytes.length; length += 3) {
        expect(codeOf(() => parse(bytes.subarray(0, length)))).toBe('bad-encoding')
      }
    },
  )

  it('of any kind end in a typed refusal or in a message, never in another exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const [, , parse] of messages) codeOf(() => parse(bytes))
      }),
    )
  })
})
