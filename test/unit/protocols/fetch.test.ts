import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { MAX_CERTIFICATE_WIRE_BYTES } from '../../../src/domain/ledger/certificate.ts'
import { MAX_DELIVERY_WIRE_BYTES } from '../../../src/domain/ledger/delivery.ts'
import { MAX_ENTRY_WIRE_BYTES } from '../../../src/domain/ledger/entry-codec.ts'
import { MAX_QUOTE_WIRE_BYTES } from '../../../src/domain/ledger/quote.ts'
import {
  createDeliveryAssembler,
  encodeFetchMessage,
  MAX_CREDIT_BYTES,
  MAX_FETCH_MESSAGE_BYTES,
  parseProviderMessage,
  parseRequesterMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../../src/protocols/fetch.ts'
import { createFrameDecoder } from '../../../src/protocols/framing.ts'
import { expectRefusal } from '../../support/ledger.ts'
import { testBytes, testHash } from '../../support/test-contexts.ts'

const bytes = testBytes
const unframe = (frame: Uint8Array): Uint8Array =>
  createFrameDecoder(MAX_FETCH_MESSAGE_BYTES).push(frame)[0] ?? new Uint8Array()

const requesterMessages: readonly RequesterMessage[] = [
  {
    type: 'request',
    exchange: 1,
    requestId: bytes(16),
    contexts: Array.from({ length: 256 }, (_, n) => testHash(n)),
    maxTokenCost: toMicroTokens(2n ** 63n - 1n),
  },
  {
    type: 'pay',
    exchange: 0xffff_ffff,
    quoteWire: bytes(MAX_QUOTE_WIRE_BYTES),
    payWire: bytes(MAX_ENTRY_WIRE_BYTES),
    certificateWire: bytes(MAX_CERTIFICATE_WIRE_BYTES),
    creditBytes: MAX_CREDIT_BYTES,
  },
  { type: 'ack', exchange: 3, invoice: bytes(32), ack: bytes(64) },
  { type: 'window', exchange: 4, creditBytes: 1 },
  { type: 'cancel', exchange: 5 },
]

const providerMessages: readonly ProviderMessage[] = [
  { type: 'quote', exchange: 1, quoteWire: bytes(MAX_QUOTE_WIRE_BYTES) },
  { type: 'refusal', exchange: 0, code: 'payment-required', message: 'Pay first' },
  { type: 'frame', exchange: 2, payload: bytes(16_384) },
  { type: 'done', exchange: 0xffff_ffff, deliveryWire: bytes(MAX_DELIVERY_WIRE_BYTES) },
  { type: 'acked', exchange: 4 },
]

describe('fetch messages', () => {
  it.each(requesterMessages)('of type $type come out of a requester as they went in', (message) => {
    expect(parseRequesterMessage(unframe(encodeFetchMessage(message)))).toEqual(message)
  })

  it.each(providerMessages)('of type $type come out of a provider as they went in', (message) => {
    expect(parseProviderMessage(unframe(encodeFetchMessage(message)))).toEqual(message)
  })

  it('belong to one side only', () => {
    for (const message of providerMessages) {
      expectRefusal(() => parseRequesterMessage(unframe(encodeFetchMessage(message))), 'bad-encoding')
    }
    for (const message of requesterMessages) {
      expectRefusal(() => parseProviderMessage(unframe(encodeFetchMessage(message))), 'bad-encoding')
    }
  })

  const hash = bytes(32)
  it.each<[string, CborValue]>([
    ['no array', 5],
    ['an unknown type', [77, 1]],
    ['no contexts', [1, 1, bytes(16), [], 5]],
    ['a context twice', [1, 1, bytes(16), [hash, hash], 5]],
    ['a short hash', [1, 1, bytes(16), [bytes(31)], 5]],
    ['257 contexts', [1, 1, bytes(16), Array.from({ length: 257 }, (_, n) => bytes(32, n)), 5]],
    ['a negative limit', [1, 1, bytes(16), [hash], -1]],
    ['a fraction for a limit', [1, 1, bytes(16), [hash], 0.5]],
    ['a limit above the cap', [1, 1, bytes(16), [hash], 2n ** 63n]],
    ['a short request id', [1, 1, bytes(15), [hash], 5]],
    ['exchange 0', [10, 0]],
    ['no credit', [9, 1, 0]],
    ['credit beyond the cap', [9, 1, MAX_CREDIT_BYTES + 1]],
    ['a field too many', [10, 1, 1]],
    ['an oversize quote', [4, 1, bytes(MAX_QUOTE_WIRE_BYTES + 1), bytes(1), bytes(1), 1]],
    ['an oversize entry', [4, 1, bytes(1), bytes(MAX_ENTRY_WIRE_BYTES + 1), bytes(1), 1]],
    ['an oversize certificate', [4, 1, bytes(1), bytes(1), bytes(MAX_CERTIFICATE_WIRE_BYTES + 1), 1]],
  ])('with %s are refused', (_, value) => {
    expectRefusal(() => parseRequesterMessage(encodeCbor(value)), 'bad-encoding')
  })

  it('with more payload than a frame may carry, or none, are refused', () => {
    expectRefusal(() => parseProviderMessage(encodeCbor([5, 1, bytes(16_385)])), 'bad-encoding')
    expectRefusal(() => parseProviderMessage(encodeCbor([5, 1, new Uint8Array()])), 'bad-encoding')
  })

  it('with a quote or statement above its cap are refused', () => {
    expectRefusal(
      () => parseProviderMessage(encodeCbor([2, 1, bytes(MAX_QUOTE_WIRE_BYTES + 1)])),
      'bad-encoding',
    )
    expectRefusal(
      () => parseProviderMessage(encodeCbor([6, 1, bytes(MAX_DELIVERY_WIRE_BYTES + 1)])),
      'bad-encoding',
    )
  })

  it('above the size limit are refused before they are decoded', () => {
    expectRefusal(
      () => parseProviderMessage(new Uint8Array(MAX_FETCH_MESSAGE_BYTES + 1)),
      'message-too-large',
    )
  })

  it('of random bytes never get past the parser in any other way than by name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        for (const parse of [parseRequesterMessage, parseProviderMessage]) {
          try {
            parse(garbage)
          } catch (error) {
            expect(error).toMatchObject({ name: 'LoremeshError', code: 'bad-encoding' })
          }
        }
      }),
    )
  })
})

describe('a delivery', () => {
  it('is put together from payloads of any length', () => {
    const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 500 }), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 700 }), (sent, payloadBytes) => {
        const joined = Uint8Array.from(sent.flatMap((content) => [...content]))
        const assembler = createDeliveryAssembler(sent.map(({ length }) => length))
        for (let from = 0; from < joined.length; from += payloadBytes) {
          assembler.add(joined.subarray(from, from + payloadBytes))
        }
        expect(assembler.receivedBytes).toBe(joined.length)
        expect(assembler.finish()).toEqual(sent)
      }),
    )
  })

  it('with a byte too many is too large, with one too few truncated', () => {
    const assembler = createDeliveryAssembler([3, 2])
    assembler.add(bytes(4))
    expectRefusal(() => assembler.add(bytes(2)), 'message-too-large')
    expectRefusal(() => assembler.finish(), 'truncated')
  })

  it.each([[[]], [[0]], [[1.5]], [[65_537]], [Array.from({ length: 257 }, () => 1)]])(
    'of impossible sizes is refused',
    (sizes) => {
      expectRefusal(() => createDeliveryAssembler(sizes), 'bad-input')
    },
  )
})
