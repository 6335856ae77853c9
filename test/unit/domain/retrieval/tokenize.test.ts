import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findWords, lowerCase, subWords, textTerms } from '../../../../src/domain/retrieval/tokenize.ts'

describe('findWords', () => {
  it('splits at punctuation, symbols and emoji, and knows where each word stands', () => {
    const text = 'Größe: 12 € — «mot» 🙂 foo_bar?'
    const words = findWords(text)
    expect(words.map((word) => word.text)).toEqual(['Größe', '12', 'mot', 'foo_bar'])
    for (const word of words) expect(text.startsWith(word.text, word.start)).toBe(true)
  })

  it('keeps words of other scripts whole, with their marks', () => {
    expect(findWords('नमस्ते, ПРИВЕТ мир。').map((word) => word.text)).toEqual(['नमस्ते', 'ПРИВЕТ', 'мир'])
  })

  it('covers every ASCII letter and digit of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const rest = findWords(text).reduceRight(
          (kept, word) => kept.slice(0, word.start) + kept.slice(word.start + word.text.length),
          text,
        )
        expect(rest).not.toMatch(/\w/)
      }),
    )
  })
})

describe('subWords', () => {
  it('takes camelCase and snake_case words apart', () => {
    expect(subWords('maxTokenCost')).toEqual(['max', 'token', 'cost'])
    expect(subWords('__max_token__')).toEqual(['max', 'token'])
    expect(subWords('IDs')).toEqual(['ids'])
  })

  it('finds nothing in underscores', () => {
    expect(subWords('___')).toEqual([])
  })
})

describe('lowerCase', () => {
  it('lowers Latin, Greek and Cyrillic', () => {
    expect(lowerCase('ÀΨПA')).toBe('àψпa')
  })
})

describe('textTerms', () => {
  it('stems words, drops stop words, and adds the parts of compound words', () => {
    expect(textTerms('The peers are sharing maxTokenCost')).toEqual([
      'peer',
      'share',
      'maxtokencost',
      'max',
      'token',
      'cost',
    ])
  })

  it('gives inflections of a word the same term', () => {
    expect(new Set(textTerms('connect connected connecting connection connections')).size).toBe(1)
  })

  it('cuts encoded data to short terms', () => {
    const [term = ''] = textTerms('f'.repeat(5000))
    expect(term).toHaveLength(64)
  })
})
