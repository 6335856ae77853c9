import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dotProduct,
  quantizeVector,
  vectorLength,
  type SpaceId,
} from '../../../../src/domain/retrieval/embedding.ts'
import { createVectorIndex } from '../../../../src/domain/retrieval/vector-index.ts'
import { createPlainKernel } from '../../../../src/domain/retrieval/vector-kernel.ts'

const space = 'test' as SpaceId
const order = { accepts: () => true, comesFirst: (row: number, other: number) => row < other }

/** Numbers below 1 in size that follow from the seed. */
function randomVectors(count: number, dimensions: number, seed = 1): Float32Array[] {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
  return Array.from({ length: count }, () => Float32Array.from({ length: dimensions }, next))
}

function indexOf(vectors: readonly Float32Array[], options = {}) {
  const index = createVectorIndex(createPlainKernel(), space, vectors[0]?.length ?? 2, options)
  vectors.forEach((vector, row) => index.set(row, quantizeVector(space, vector)))
  return index
}

describe('createVectorIndex', () => {
  it('finds the nearest of several segments, in their order', () => {
    const vectors = randomVectors(3_000, 20)
    const index = indexOf(vectors)
    const [query = new Float32Array()] = randomVectors(1, 20, 7)
    const { values } = quantizeVector(space, query)
    const expected = vectors
      .map((vector, row) => {
        const stored = quantizeVector(space, vector).values
        const length = vectorLength(values) * vectorLength(stored)
        return { row, score: dotProduct(Float32Array.from(values), stored) / length }
      })
      .sort((a, b) => b.score - a.score)
      .slice(0, 10)
    expect(index.nearest(query, 10, order)).toEqual(expected)
    expect(
      index.similarities(
        query,
        expected.map(({ row }) => row),
      ),
    ).toEqual(expected)
  })

  it('prefers of equal rows those that come first', () => {
    const equal = Array.from({ length: 9 }, () => Float32Array.of(1, 2))
    const backwards = { ...order, comesFirst: (row: number, other: number) => row > other }
    const found = indexOf(equal).nearest(Float32Array.of(1, 2), 3, backwards)
    expect(found.map(({ row }) => row)).toEqual([8, 7, 6])
  })

  it('gives back what was set, and nothing of rows that were cleared, never set, or all zeros', () => {
    const vectors = [Float32Array.of(1, 2), Float32Array.of(0, 0), Float32Array.of(2, 1)]
    const index = indexOf(vectors)
    expect(index.get(0)).toEqual(quantizeVector(space, Float32Array.of(1, 2)))
    index.clear(0)
    expect([index.get(0), index.get(1), index.get(7)]).toEqual([null, null, null])
    expect(index.nearest(Float32Array.of(1, 2), 5, order)).toMatchObject([{ row: 2 }])
    expect(index.similarities(Float32Array.of(1, 2), [0, 1, 2, 7])).toMatchObject([{ row: 2 }])
  })

  it('finds nothing for a question of another length, of zeros, or when nothing is there', () => {
    const index = indexOf([Float32Array.of(1, 2)])
    expect(index.nearest(Float32Array.of(1), 5, order)).toEqual([])
    expect(index.nearest(Float32Array.of(0, 0), 5, order)).toEqual([])
    const empty = createVectorIndex(createPlainKernel(), space, 2)
    expect(empty.nearest(Float32Array.of(1, 2), 5, order)).toEqual([])
  })

  it('chooses by codes first where there are too many rows, among those that are accepted', () => {
    const vectors = randomVectors(5_000, 64)
    const [query = new Float32Array()] = randomVectors(1, 64, 3)
    const exact = indexOf(vectors)
    const chosen = indexOf(vectors, { prefilterAbove: 0 })
    const nearest = exact.nearest(query, 10, order)
    expect(chosen.nearest(query, 10, order)).toEqual(nearest)
    const accepts = (row: number): boolean => row % 50 === 3
    expect(chosen.nearest(query, 10, { ...order, accepts })).toEqual(
      exact.nearest(query, 10, { ...order, accepts }),
    )
  })

  it('measures similarities from 0 to 1', () => {
    const component = fc.float({ min: -1, max: 1, noNaN: true })
    const vectors = fc.array(fc.array(component, { minLength: 3, maxLength: 3 }), { minLength: 1 })
    fc.assert(
      fc.property(vectors, (rows) => {
        const [query = [], ...others] = rows
        const index = indexOf([query, ...others].map((row) => Float32Array.from(row)))
        for (const { score } of index.nearest(Float32Array.from(query), rows.length, order)) {
          expect(score).toBeGreaterThan(0)
          expect(score).toBeLessThanOrEqual(1 + 1e-9)
        }
      }),
    )
  })
})
