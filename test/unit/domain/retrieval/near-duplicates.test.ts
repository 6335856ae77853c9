import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  areNearDuplicates,
  duplicateTraits,
  minHash,
  sharedMinima,
} from '../../../../src/domain/retrieval/near-duplicates.ts'

const dance =
  'Honey bees tell each other where food is with a waggle dance. The angle of the dance shows the direction from the sun, and its length the distance.'
const traitsOf = (text: string) => duplicateTraits(text, text.length)

describe('near-duplicates', () => {
  it('are texts of which few words differ, whatever their case and spaces', () => {
    for (const other of [
      dance,
      dance.toUpperCase().replaceAll(' ', '\n'),
      dance.replace('food', 'nectar'),
      `${dance} They do.`,
    ]) {
      expect(areNearDuplicates(traitsOf(dance), traitsOf(other)), other).toBe(true)
    }
  })

  it('are no texts on the same subject in other words', () => {
    const other =
      'The waggle dance of the honey bee: the direction from the sun is the angle of the dance, and where food is far away it is longer, too, as was found.'
    expect(areNearDuplicates(traitsOf(dance), traitsOf(other))).toBe(false)
  })

  it('are no texts of different sizes, though the part that is known is the same', () => {
    expect(areNearDuplicates(duplicateTraits(dance, 800), duplicateTraits(dance, 1_001))).toBe(false)
    expect(areNearDuplicates(duplicateTraits(dance, 800), duplicateTraits(dance, 1_000))).toBe(true)
  })

  it('share about as many minima as runs of words', () => {
    const word = fc.stringMatching(/^[a-z]{3,8}$/)
    const text = fc.uniqueArray(word, { minLength: 60, maxLength: 60 })
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 30 }), (words, cut) => {
        const all = words.join(' ')
        const part = words.slice(cut).join(' ')
        const share = (58 - cut) / 58
        expect(Math.abs(sharedMinima(minHash(all), minHash(part)) - share)).toBeLessThan(0.35)
      }),
    )
  })

  it('are always the text itself, empty or not', () => {
    fc.assert(fc.property(fc.string(), (text) => areNearDuplicates(traitsOf(text), traitsOf(text))))
  })
})
