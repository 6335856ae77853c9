import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  areSameOffer,
  createDuplicateCheck,
  isVersionOf,
  saysAllOf,
  wordRuns,
} from '../../../../src/domain/retrieval/near-duplicates.ts'

const dance =
  'Honey bees tell each other where food is with a waggle dance. The angle of the dance shows the direction from the sun, and its length the distance.'
const offerOf = (excerpt: string, sizeBytes = excerpt.length) => ({ runs: wordRuns(excerpt), sizeBytes })

describe('offers of the same passage', () => {
  it('have excerpts of which few words differ, whatever their case and spaces', () => {
    for (const other of [
      dance,
      dance.toUpperCase().replaceAll(' ', '\n'),
      dance.replace('food', 'nectar'),
      `${dance} They do.`,
    ]) {
      expect(areSameOffer(offerOf(dance), offerOf(other)), other).toBe(true)
    }
  })

  it('are none on the same subject in other words', () => {
    const other =
      'The waggle dance of the honey bee: the direction from the sun is the angle of the dance, and where food is far away it is longer, too, as was found.'
    expect(areSameOffer(offerOf(dance), offerOf(other))).toBe(false)
  })

  it('are none of different sizes, though the part that is known is the same', () => {
    expect(areSameOffer(offerOf(dance, 800), offerOf(dance, 1_001))).toBe(false)
    expect(areSameOffer(offerOf(dance, 800), offerOf(dance, 1_000))).toBe(true)
  })

  it('are always the text itself, empty or not', () => {
    fc.assert(fc.property(fc.string(), (text) => areSameOffer(offerOf(text), offerOf(text))))
  })
})

describe('a text that says all that another does', () => {
  const more = `${dance} Nobody knew for long how the bees in the dark of the hive can follow it.`
  const says = (text: string, other: string): boolean => saysAllOf(wordRuns(text), wordRuns(other))

  it('has nearly all of it, and may have much more', () => {
    expect(says(more, dance)).toBe(true)
    expect(says(dance, `${dance} Really.`)).toBe(true)
    const other = `Honey bees tell each other where food is with a waggle dance. ${'Ants lay a trail of scent for it. '.repeat(3)}`
    expect(says(dance, other)).toBe(false)
  })

  it('is no mere part of it, however short', () => {
    for (const part of [dance, 'a waggle dance', 'Dance!']) expect(says(part, more), part).toBe(false)
  })

  it('is told from those before it', () => {
    const isDuplicate = createDuplicateCheck()
    const texts = [dance, 'Ants lay a trail of scent.', `${dance} Really.`, more, 'The angle of the dance']
    expect(texts.map(isDuplicate)).toEqual([false, false, true, false, true])
  })

  it('is itself, and what it goes on from', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 60 }), fc.lorem({ maxCount: 60 }), (words, rest) => {
        const text = `${dance} ${words}`
        expect(says(text, text)).toBe(true)
        expect(says(`${text} ${rest}`, text)).toBe(true)
      }),
    )
  })
})

describe('a version of a document', () => {
  it('has much of its text, while another document of that name has not', () => {
    const later = `# Dances\n\n${dance} Wasps have no such dance.`
    expect(isVersionOf('notes/dance.md', later, `# Dance\n\n${dance}`)).toBe(true)
    expect(
      isVersionOf('notes/dance.md', '# Dances\n\nHow to waltz: the steps, the music and the shoes.', dance),
    ).toBe(false)
  })

  const licence = Array.from(
    { length: 30 },
    (_, line) => `Line ${line} of the licence says ${line * line}.`,
  ).join('\n')
  const wordsOf = (what: string, count: number): string =>
    Array.from({ length: count }, (_, at) => `${what}${at}`).join(' ')

  it('is none for the licence that both begin with, nor for being short', () => {
    const [wasps, bees] = [`${licence}\n\n${wordsOf('wasp', 200)}`, `${licence}\n\n${wordsOf('bee', 200)}`]
    expect(isVersionOf('src/index.ts', wasps, bees)).toBe(false)
    expect(isVersionOf('src/index.ts', wasps, `${licence}\n\nexport {}`)).toBe(false)
    expect(isVersionOf('src/index.ts', wasps, 'of the licence')).toBe(false)
  })

  it('has nearly all of it where the path is a bare name, which many different files have', () => {
    const [page, other] = [`${licence}\n\n${wordsOf('wasp', 80)}`, `${licence}\n\nBees dance on the comb.`]
    expect(isVersionOf('README.md', `${other} Others follow.`, other)).toBe(true)
    expect(isVersionOf('README.md', page, other)).toBe(false)
    expect(isVersionOf('wasps/README.md', page, other)).toBe(true)
  })
})
