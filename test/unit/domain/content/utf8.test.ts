import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createByteOffsets, utf8Advance, utf8Length } from '../../../../src/domain/content/utf8.ts'
import { textToBytes } from '../../../../src/domain/kernel/bytes.ts'

const anyText = fc.string({ unit: 'binary' })

test('the length in UTF-8 is that of the encoded bytes', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(utf8Length(text)).toBe(textToBytes(text).length)
    }),
  )
})

test('advancing stops at the last character that fits', () => {
  fc.assert(
    fc.property(anyText, fc.nat(20), (text, maxBytes) => {
      const end = utf8Advance(text, 0, text.length, maxBytes)
      expect(utf8Length(text, 0, end)).toBeLessThanOrEqual(maxBytes)
      const next = String.fromCodePoint(text.codePointAt(end) ?? 0)
      if (end < text.length) expect(utf8Length(text, 0, end + next.length)).toBeGreaterThan(maxBytes)
    }),
  )
})

test('ascending offsets become byte offsets', () => {
  const toByte = createByteOffsets('aé日🦊z')
  expect([0, 1, 2, 3, 5, 6].map(toByte)).toEqual([0, 1, 3, 6, 10, 11])
})
