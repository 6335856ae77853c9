import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cosineSimilarity, quantizeVector, type SpaceId } from '../../../../src/domain/retrieval/embedding.ts'

const space = 'test' as SpaceId
const floats = fc.array(fc.float({ noNaN: true, min: -1, max: 1 }), { minLength: 8, maxLength: 8 })

describe('cosineSimilarity', () => {
  it('is 1 for the vector itself, whatever its scale, and at most 1 for any other', () => {
    fc.assert(
      fc.property(floats, floats, (a, b) => {
        const vector = quantizeVector(space, Float32Array.from(a))
        expect(cosineSimilarity(Float32Array.from(b), vector)).toBeLessThanOrEqual(1 + 1e-9)
        const itself = Float32Array.from(vector.values, (value) => value * 7)
        expect(cosineSimilarity(itself, vector)).toBeCloseTo(
          vector.values.some((value) => value !== 0) ? 1 : 0,
          6,
        )
      }),
    )
  })

  it('is 0 for zeros and for vectors of different dimensions', () => {
    const vector = quantizeVector(space, Float32Array.of(1, 2))
    expect(cosineSimilarity(Float32Array.of(0, 0), vector)).toBe(0)
    expect(cosineSimilarity(Float32Array.of(1, 2, 3), vector)).toBe(0)
    expect(cosineSimilarity(Float32Array.of(1, 2), quantizeVector(space, new Float32Array(2)))).toBe(0)
  })
})
