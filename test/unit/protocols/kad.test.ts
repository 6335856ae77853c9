import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLoremeshError } from '../../../src/domain/kernel/errors.ts'
import {
  contextKey,
  encodeAddProvider,
  encodeFindNode,
  encodeGetProviders,
  MAX_KAD_ANSWER_BYTES,
  namesProvider,
  parseKadAnswer,
} from '../../../src/protocols/kad.ts'
import { testHash } from '../../support/test-contexts.ts'

const bytes = (...numbers: readonly number[]): Uint8Array => Uint8Array.from(numbers)

describe('messages of the DHT', () => {
  it('are those of the Kademlia specification of libp2p', () => {
    expect(encodeFindNode(bytes(7))).toEqual(bytes(0x08, 4, 0x12, 1, 7))
    expect(encodeGetProviders(bytes(7))).toEqual(bytes(0x08, 3, 0x12, 1, 7))
    expect(encodeAddProvider(bytes(7), { id: bytes(1, 2), addresses: [bytes(9)] })).toEqual(
      bytes(0x08, 2, 0x12, 1, 7, 0x4a, 7, 0x0a, 2, 1, 2, 0x12, 1, 9),
    )
  })

  it('name contexts by the multihash of their SHA-256', () => {
    const key = contextKey(testHash(1))
    expect([...key.subarray(0, 2)]).toEqual([0x12, 0x20])
    expect(`sha256:${Buffer.from(key.subarray(2)).toString('hex')}`).toBe(testHash(1))
  })

  it('give back the providers and closer peers of an answer, whatever else is in it', () => {
    const peer = {
      id: fc.uint8Array({ maxLength: 40 }),
      addresses: fc.array(fc.uint8Array({ maxLength: 300 })),
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.record(peer), (key, provider) => {
        const answer = parseKadAnswer(encodeAddProvider(key, provider))
        expect(answer.closer).toEqual([])
        expect(answer.providers).toEqual([provider])
        expect(namesProvider(answer, provider.id)).toBe(true)
      }),
    )
    const closer = bytes(0x50, 3, 0x42, 3, 0x0a, 1, 5)
    expect(parseKadAnswer(closer).closer).toEqual([{ id: bytes(5), addresses: [] }])
  })

  it('are refused by name when they are too large or make no sense', () => {
    const large = new Uint8Array(MAX_KAD_ANSWER_BYTES + 1)
    expect(() => parseKadAnswer(large)).toThrow(expect.objectContaining({ code: 'message-too-large' }))
    for (const broken of [
      bytes(0x42),
      bytes(0x42, 5, 1),
      bytes(0x42, 0),
      bytes(0x45, 1),
      bytes(0xff, 0xff),
    ]) {
      expect(() => parseKadAnswer(broken)).toThrow(expect.objectContaining({ code: 'bad-encoding' }))
    }
  })

  it('of any bytes are read or refused by name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (wire) => {
        try {
          parseKadAnswer(wire)
        } catch (error) {
          expect(isLoremeshError(error)).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
