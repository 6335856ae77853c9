import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPrintable, toPrintable } from '../../../../src/domain/content/printable.ts'
import { utf8Length } from '../../../../src/domain/content/utf8.ts'

test('control characters and marks that reorder text are not printable', () => {
  for (const bad of ['a\nb', 'a\u0000', '\u001b[31m', 'a\u202eb', '\u2066a', 'a\u2028b', '\u0085', '\ud800']) {
    expect(isPrintable(bad)).toBe(false)
  }
})

test('text of any script, emoji and ordinary marks are printable', () => {
  for (const good of ['', 'plain text', 'Übergrößenträger', '日本語', 'עברית', '👩‍👩‍👧', 'a › b']) {
    expect(isPrintable(good)).toBe(true)
  }
})

test('making text printable gives one printable line within the cap', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 3, max: 60 }), (text, maxBytes) => {
      const printable = toPrintable(text, maxBytes)
      expect(isPrintable(printable)).toBe(true)
      expect(utf8Length(printable)).toBeLessThanOrEqual(maxBytes)
    }),
  )
})

test('what is cut off is marked, and nothing is cut that fits', () => {
  expect(toPrintable('  one\n\ttwo  ', 20)).toBe('one two')
  expect(toPrintable('abcdefgh', 8)).toBe('abcdefgh')
  expect(toPrintable('abcdefghi', 8)).toBe('abcde…')
  expect(toPrintable('🦊🦊🦊', 10)).toBe('🦊…')
})
