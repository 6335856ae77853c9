import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosineSimilarity, quantizeVector, vectorLength } from '../../../../src/domain/retrieval/embedding.ts'
import { createStaticEmbedding, staticDimensions } from '../../../../src/domain/retrieval/static-embedding.ts'
import { STATIC_DIMENSIONS, STATIC_SPACE } from '../../../../src/domain/retrieval/static-space.ts'
import { parseShippedStaticTables } from '../../../../src/domain/retrieval/static-tables.ts'

const tables = parseShippedStaticTables(readFileSync('src/adapters/embedding-static/assets/static-384.bin'))
const embed = createStaticEmbedding(tables)

function similarity(question: string, passage: string): number {
  return cosineSimilarity(embed(question, 'query'), quantizeVector(STATIC_SPACE, embed(passage, 'passage')))
}

describe('createStaticEmbedding', () => {
  it('has the dimensions of the space', () => {
    expect(staticDimensions(tables)).toBe(STATIC_DIMENSIONS)
    expect(embed('peers', 'query')).toHaveLength(STATIC_DIMENSIONS)
  })

  it('gives a vector of length 1 for any text with words, and zeros for others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const length = vectorLength(embed(text, 'passage'))
        expect(length === 0 || Math.abs(length - 1) < 1e-6).toBe(true)
      }),
    )
    expect(vectorLength(embed('peer', 'passage'))).toBeCloseTo(1, 6)
    expect(vectorLength(embed(' … ', 'passage'))).toBe(0)
  })

  it('gives the same bits whatever was embedded before', () => {
    const fresh = createStaticEmbedding(tables)
    fc.assert(
      fc.property(fc.lorem({ maxCount: 30 }), (text) => {
        expect(fresh(text, 'query')).toEqual(embed(text, 'query'))
      }),
      { numRuns: 30 },
    )
  })

  it('puts inflections and related words closer than unrelated ones', () => {
    expect(similarity('training a dog', 'How dogs are trained')).toBeGreaterThan(0.7)
    expect(similarity('puppy', 'The dog barks')).toBeGreaterThan(similarity('puppy', 'The database crashed'))
  })

  it('finds the parts of compound names', () => {
    expect(similarity('token cost', 'const maxTokenCost = 5')).toBeGreaterThan(0.5)
  })
})
