import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { MAX_ACCOUNT_PROOF_BYTES } from '../../../src/domain/ledger/account-proof.ts'
import { MAX_CERTIFICATE_WIRE_BYTES } from '../../../src/domain/ledger/certificate.ts'
import { MAX_DELIVERY_WIRE_BYTES } from '../../../src/domain/ledger/delivery.ts'
import { MAX_ENTRY_WIRE_BYTES } from '../../../src/domain/ledger/entry-codec.ts'
import { digestToEntryHash } from '../../../src/domain/ledger/entry.ts'
import { MAX_QUOTE_WIRE_BYTES } from '../../../src/domain/ledger/quote.ts'
import {
  encodeFetchMessage,
  MAX_CREDIT_BYTES,
  MAX_PROVIDER_MESSAGE_BYTES,
  MAX_REQUESTER_MESSAGE_BYTES,
  parseProviderMessage,
  parseRequesterMessage,
  type ProviderMessage,
  type RequesterMessage,
} from '../../../src/protocols/fetch.ts'
import { createFrameDecoder } from '../../../src/protocols/framing.ts'
import { mutatedMessages } from '../../support/mutations.ts'
import { codeOf, expectRefusal } from '../../support/ledger.ts'
import { testBytes, testHash } from '../../support/test-contexts.ts'

const bytes = testBytes
const unframe = (frame: Uint8Array): Uint8Array =>
  createFrameDecoder(MAX_PROVIDER_MESSAGE_BYTES).push(frame)[0] ?? new Uint8Array()
const reserve = digestToEntryHash(bytes(32, 9))
const mostTokens = toMicroTokens(2n ** 63n - 1n)

const requesterMessages: readonly RequesterMessage[] = [
  {
    type: 'open',
    exchange: 1,
    reserveWire: bytes(MAX_ENTRY_WIRE_BYTES),
    certificateWire: bytes(MAX_CERTIFICATE_WIRE_BYTES),
  },
  { type: 'open', exchange: 2, reserveWire: bytes(300), certificateWire: undefined },
  {
    type: 'take',
    exchange: 0xffff_ffff,
    requestId: bytes(16),
    contexts: Array.from({ length: 256 }, (_, n) => testHash(n)),
    maxTokenCost: mostTokens,
    reserve,
    creditBytes: MAX_CREDIT_BYTES,
  },
  { type: 'voucher', exchange: 3, reserve, amount: mostTokens, signature: bytes(64) },
  { type: 'window', exchange: 4, creditBytes: 1 },
  { type: 'cancel', exchange: 5 },
]

const providerMessages: readonly ProviderMessage[] = [
  {
    type: 'opened',
    exchange: 1,
    creditLine: toMicroTokens(4_000_000n),
    vouched: mostTokens,
    standing: bytes(MAX_ACCOUNT_PROOF_BYTES),
  },
  {
    type: 'opened',
    exchange: 1,
    creditLine: toMicroTokens(0n),
    vouched: toMicroTokens(0n),
    standing: undefined,
  },
  { type: 'quote', exchange: 1, quoteWire: bytes(MAX_QUOTE_WIRE_BYTES) },
  { type: 'frame', exchange: 2, payload: bytes(16_384) },
  { type: 'done', exchange: 0xffff_ffff, deliveryWire: bytes(MAX_DELIVERY_WIRE_BYTES) },
  { type: 'acked', exchange: 4 },
  { type: 'refusal', exchange: 0, code: 'payment-required', message: 'Pay first' },
]

describe('fetch messages', () => {
  it.each(requesterMessages)('of type $type come out of a requester as they went in', (message) => {
    expect(parseRequesterMessage(unframe(encodeFetchMessage(message)))).toEqual(message)
  })

  it.each(providerMessages)('of type $type come out of a provider as they went in', (message) => {
    expect(parseProviderMessage(unframe(encodeFetchMessage(message)))).toEqual(message)
  })

  it('belong to one side only', () => {
    const refusals = ['bad-encoding', 'message-too-large']
    for (const message of providerMessages) {
      expect(refusals).toContain(codeOf(() => parseRequesterMessage(unframe(encodeFetchMessage(message)))))
    }
    for (const message of requesterMessages) {
      expect(refusals).toContain(codeOf(() => parseProviderMessage(unframe(encodeFetchMessage(message)))))
    }
  })

  const hash = bytes(32)
  const take = (...fields: readonly CborValue[]): CborValue => [3, 1, ...fields]
  it.each<[string, CborValue]>([
    ['no array', 5],
    ['an unknown type', [77, 1]],
    ['no contexts', take(bytes(16), [], 5, hash, 1)],
    ['a context twice', take(bytes(16), [hash, hash], 5, hash, 1)],
    ['a short hash', take(bytes(16), [bytes(31)], 5, hash, 1)],
    ['a negative limit', take(bytes(16), [hash], -1, hash, 1)],
    ['a fraction for a limit', take(bytes(16), [hash], 0.5, hash, 1)],
    ['a limit above the cap', take(bytes(16), [hash], 2n ** 63n, hash, 1)],
    ['a short request id', take(bytes(15), [hash], 5, hash, 1)],
    ['a reserve that is no hash', take(bytes(16), [hash], 5, bytes(33), 1)],
    ['a take without credit', take(bytes(16), [hash], 5, hash, 0)],
    ['an oversize reserve', [1, 1, bytes(MAX_ENTRY_WIRE_BYTES + 1), null]],
    ['an oversize certificate', [1, 1, bytes(1), bytes(MAX_CERTIFICATE_WIRE_BYTES + 1)]],
    ['an empty certificate', [1, 1, bytes(1), bytes(0)]],
    ['a short signature', [8, 1, hash, 5, bytes(63)]],
    ['a voucher without amount', [8, 1, hash, null, bytes(64)]],
    ['exchange 0', [10, 0]],
    ['no credit', [6, 1, 0]],
    ['credit beyond the cap', [6, 1, MAX_CREDIT_BYTES + 1]],
    ['a field too many', [10, 1, 1]],
  ])('with %s are refused', (_, value) => {
    expectRefusal(() => parseRequesterMessage(encodeCbor(value)), 'bad-encoding')
  })

  it.each<[string, CborValue]>([
    ['more payload than a frame may carry', [5, 1, bytes(16_385)]],
    ['no payload', [5, 1, bytes(0)]],
    ['an oversize quote', [4, 1, bytes(MAX_QUOTE_WIRE_BYTES + 1)]],
    ['an oversize statement', [7, 1, bytes(MAX_DELIVERY_WIRE_BYTES + 1)]],
    ['an oversize standing', [2, 1, 0, 0, bytes(MAX_ACCOUNT_PROOF_BYTES + 1)]],
    ['a negative credit line', [2, 1, -1, 0, null]],
  ])('with %s are refused', (_, value) => {
    expectRefusal(() => parseProviderMessage(encodeCbor(value)), 'bad-encoding')
  })

  it('with more contexts than a take may name are refused', () => {
    const contexts = Array.from({ length: 257 }, (_, n) => bytes(32, n))
    expectRefusal(
      () => parseRequesterMessage(encodeCbor(take(bytes(16), contexts, 5, hash, 1))),
      'message-too-large',
    )
  })

  it('above the size limit are refused before they are decoded', () => {
    const oversize = (limit: number) => new Uint8Array(limit + 1)
    expectRefusal(() => parseRequesterMessage(oversize(MAX_REQUESTER_MESSAGE_BYTES)), 'message-too-large')
    expectRefusal(() => parseProviderMessage(oversize(MAX_PROVIDER_MESSAGE_BYTES)), 'message-too-large')
  })

  it.each([
    ['requester', parseRequesterMessage, requesterMessages],
    ['provider', parseProviderMessage, providerMessages],
  ])('of a %s that are almost right are refused by name, or are right', (_, parse, messages) => {
    const valid = messages.map((message) => decodeCbor(unframe(encodeFetchMessage(message))))
    let refused = 0
    fc.assert(
      fc.property(mutatedMessages(valid), (mutated) => {
        const code = codeOf(() => {
          const message = parse(mutated)
          expect(parse(unframe(encodeFetchMessage(message)))).toEqual(message)
        })
        if (code !== undefined) refused += 1
        expect(['bad-encoding', 'message-too-large', undefined]).toContain(code)
      }),
      { numRuns: 2_000 },
    )
    expect(refused).toBeGreaterThan(1_000)
  })

  it('of random bytes are refused by name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        for (const parse of [parseRequesterMessage, parseProviderMessage]) {
          expect(['bad-encoding', undefined]).toContain(codeOf(() => parse(garbage)))
        }
      }),
    )
  })
})
