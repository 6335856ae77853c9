import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexTextToBytes } from '../../../../src/domain/kernel/bytes.ts'
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/domain/kernel/cbor.ts'
import { isLoremeshError } from '../../../../src/domain/kernel/errors.ts'

const value: fc.Arbitrary<CborValue> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => (n <= Number.MAX_SAFE_INTEGER ? Number(n) : n)),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 64 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value') as fc.Arbitrary<CborValue>, { maxLength: 6 }),
  ),
})).value

describe('deterministic CBOR', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(decodeCbor(encodeCbor(original))).toEqual(original)
      }),
    )
  })

  it.each([
    ['an integer in more bytes than it needs', '1801'],
    ['a length in more bytes than it needs', '5801ff'],
    ['an array of indefinite length', '9f01ff'],
    ['bytes after the end', '0101'],
    ['a truncated value', '82'],
    ['a float that is an integer', 'fb3ff0000000000000'],
    ['undefined', 'f7'],
    ['nothing at all', ''],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeCbor(hexTextToBytes(hex))).toThrow(expect.objectContaining({ code: 'bad-encoding' }))
  })

  it('refuses random bytes with a typed error or reads a value that encodes to them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes)
        } catch (error) {
          expect(isLoremeshError(error, 'bad-encoding')).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
