import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  areSameOffer,
  createDuplicateCheck,
  isVersionOf,
  saySame,
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

describe('texts that say the same', () => {
  it('are one and what it is a part of, and not two that share a sentence', () => {
    const more = `${dance} Nobody knew for long how the bees in the dark of the hive can follow it.`
    expect(saySame(wordRuns(dance), wordRuns(more))).toBe(true)
    const other = `Honey bees tell each other where food is with a waggle dance. ${'Ants lay a trail of scent for it. '.repeat(3)}`
    expect(saySame(wordRuns(dance), wordRuns(other))).toBe(false)
  })

  it('are told by the first of them', () => {
    const isDuplicate = createDuplicateCheck()
    expect([dance, 'Ants lay a trail of scent.', `${dance} Really.`].map(isDuplicate)).toEqual([
      false,
      false,
      true,
    ])
  })

  it('share as many runs of words whichever comes first', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 60 }), fc.lorem({ maxCount: 60 }), (a, b) => {
        expect(saySame(wordRuns(a), wordRuns(b))).toBe(saySame(wordRuns(b), wordRuns(a)))
      }),
    )
  })
})

describe('a version of a document', () => {
  it('has much of its text, while another document of that name has not', () => {
    const later = `# Dances\n\n${dance} Wasps have no such dance.\n\nThis was added later on, after more had been found out about them.`
    expect(isVersionOf('notes/dance.md', later, `# Dance\n\n${dance}`)).toBe(true)
    expect(
      isVersionOf('notes/dance.md', '# Dances\n\nHow to waltz: the steps, the music and the shoes.', dance),
    ).toBe(false)
  })

  it('has nearly all of it where the path is a bare name, which many different files have', () => {
    const pages =
      'Bees tell each other where food is by dancing on the comb, and others follow what they saw. '
    const template = Array.from(
      { length: 30 },
      (_, line) => `Line ${line} of the licence says ${line * line}.`,
    )
    const readmeOf = (what: string): string => [what, ...template].join('\n\n')
    expect(isVersionOf('README.md', readmeOf(pages), readmeOf('Wasps do not dance at all.'))).toBe(true)
    const others = Array.from(
      { length: 20 },
      (_, at) => `Wasps of kind ${at} build paper nests of ${at} cells.`,
    )
    expect(isVersionOf('README.md', readmeOf(others.join(' ')), readmeOf(pages))).toBe(false)
    expect(isVersionOf('wasps/README.md', readmeOf(others.join(' ')), readmeOf(pages))).toBe(true)
  })
})
