import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContextHash } from '../../../../src/domain/content/context-hash.ts'
import { modelSpace } from '../../../../src/adapters/embedding-transformers/model-record.ts'
import { useLite } from '../../../../src/adapters/embedding-transformers/use-lite.ts'
import type { SpaceId } from '../../../../src/domain/retrieval/embedding.ts'
import {
  fuseScores as fuseAll,
  SPACE_WEIGHTS,
  understands,
  type Hit,
} from '../../../../src/domain/retrieval/fusion.ts'
import { STATIC_SPACE } from '../../../../src/domain/retrieval/static-space.ts'

const hash = (name: string): ContextHash => `sha256:${name}` as ContextHash
const scores = (max: number) =>
  fc
    .dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.double({ min: 0.001, max, noNaN: true }))
    .map((byName) => new Map(Object.entries(byName).map(([name, score]) => [hash(name), score])))

const space = (name: string): SpaceId => `${name}-0123456789abcdef` as SpaceId
const fuseScores = (
  words: ReadonlyMap<ContextHash, number>,
  similarities: ReadonlyMap<ContextHash, number>,
): Hit[] => fuseAll(words, [{ space: space('static-384-v1'), similarities }])

describe('fuseScores', () => {
  it('mixes words with what a space is worth, each against its best', () => {
    const words = new Map([
      [hash('a'), 10],
      [hash('b'), 5],
    ])
    const similarities = new Map([
      [hash('b'), 0.8],
      [hash('c'), 0.4],
    ])
    const hits = fuseScores(words, similarities)
    expect(hits.map((hit) => hit.contextHash)).toEqual([hash('b'), hash('a'), hash('c')])
    expect(hits.map((hit) => hit.score)).toEqual([
      expect.closeTo(1.1 / 1.6),
      expect.closeTo(1 / 1.6),
      expect.closeTo(0.3 / 1.6),
    ])
  })

  it('keeps scores between 0 and 1 and hits sorted', () => {
    fc.assert(
      fc.property(scores(50), scores(1), (words, similarities) => {
        const hits = fuseScores(words, similarities)
        hits.forEach((hit, i) => {
          expect(hit.score).toBeGreaterThan(0)
          expect(hit.score).toBeLessThanOrEqual(1 + 1e-12)
          expect(hit.score).toBeLessThanOrEqual(hits[i - 1]?.score ?? 2)
        })
      }),
    )
  })

  it('finds everything that words alone find, and ranks as words do where meaning says nothing', () => {
    fc.assert(
      fc.property(scores(50), scores(1), (words, similarities) => {
        const found = new Set(fuseScores(words, similarities).map((hit) => hit.contextHash))
        for (const contextHash of words.keys()) expect(found).toContain(contextHash)
        const byWords = fuseScores(words, new Map()).map((hit) => hit.wordScore)
        expect(byWords).toEqual([...byWords].sort((a, b) => b - a))
      }),
    )
  })

  it('ranks the same whatever the order of its input', () => {
    fc.assert(
      fc.property(scores(2), scores(1), (words, similarities) => {
        const reversed = fuseScores(new Map([...words].reverse()), new Map([...similarities].reverse()))
        expect(reversed).toEqual(fuseScores(words, similarities))
      }),
    )
  })

  it('orders equal scores by hash', () => {
    const hits = fuseScores(new Map(['c', 'a', 'b'].map((name) => [hash(name), 1])), new Map())
    expect(hits.map((hit) => hit.contextHash)).toEqual(['a', 'b', 'c'].map(hash))
  })

  it('mixes any number of spaces, each with its weight and against its best', () => {
    const weights = {
      near: { weight: 0.5, leastSimilarity: 0.3 },
      far: { weight: 0.25, leastSimilarity: 0.9 },
    }
    const hits = fuseAll(
      new Map([[hash('a'), 4]]),
      [
        { space: space('near'), similarities: new Map([[hash('b'), 0.4]]) },
        {
          space: space('far'),
          similarities: new Map([
            [hash('a'), 0.4],
            [hash('b'), 0.8],
            [hash('c'), 0.8],
          ]),
        },
      ],
      weights,
    )
    expect(hits).toMatchObject([
      { contextHash: hash('a'), wordScore: 4, vectorScore: 0.4 },
      { contextHash: hash('b'), wordScore: 0, vectorScore: 0.8 },
    ])
    expect(hits.map((hit) => hit.score)).toEqual([expect.closeTo(1.125 / 1.75), expect.closeTo(0.75 / 1.75)])
  })

  it('gives words all of the score where no space is asked', () => {
    expect(fuseAll(new Map([[hash('a'), 4]]), []).map((hit) => hit.score)).toEqual([1])
  })

  it('leaves out what shares no word and is hardly similar', () => {
    expect(fuseScores(new Map(), new Map([[hash('a'), 0.25]]))).toEqual([])
  })
})

describe('spaces that come with the app', () => {
  it('have a fitted weight', () => {
    const fitted = Object.keys(SPACE_WEIGHTS)
    const names = [STATIC_SPACE, modelSpace(useLite)].map((id) => id.replace(/-[0-9a-f]{16}$/, ''))
    expect(names.toSorted()).toEqual(fitted.toSorted())
  })

  it('understand questions that may be English; what another space understands is not known', () => {
    const german = 'Wie oft soll eine Sicherung geprüft werden?'
    expect(understands(STATIC_SPACE, 'How often should a backup be tested?')).toBe(true)
    expect(understands(STATIC_SPACE, german)).toBe(false)
    expect(understands(modelSpace(useLite), german)).toBe(false)
    expect(understands(space('someone-multilingual'), german)).toBe(true)
  })
})
