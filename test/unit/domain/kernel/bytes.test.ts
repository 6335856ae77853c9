import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytesToHexText,
  bytesToText,
  hexTextToBytes,
  textToBytes,
} from '../../../../src/domain/kernel/bytes.ts'

describe('UTF-8', () => {
  it('comes back as it was for every well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(bytesToText(textToBytes(text))).toBe(text)
      }),
    )
  })

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a truncated character', [0xe2, 0x82]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('is refused with %s', (_, bytes) => {
    expect(() => bytesToText(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'bad-utf8' }))
  })
})

describe('hexadecimal', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hexTextToBytes(bytesToHexText(bytes))).toEqual(bytes)
      }),
    )
  })

  it('is refused with other characters or half a byte', () => {
    for (const text of ['0g', 'abc', '0x00']) {
      expect(() => hexTextToBytes(text)).toThrow(expect.objectContaining({ code: 'bad-input' }))
    }
  })
})
