import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { principalComponents } from '../../../../tools/static-384/principal-components.ts'

const SIZE = 6
const entries = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
  minLength: SIZE ** 2,
  maxLength: SIZE ** 2,
})

function times(matrix: readonly Float64Array[], vector: Float64Array): number[] {
  return matrix.map((row) => row.reduce((sum, value, j) => sum + value * (vector[j] ?? 0), 0))
}

describe('principalComponents', () => {
  it('finds the axes of a known matrix, the longest first', () => {
    const [first, second] = principalComponents([Float64Array.of(2, 1), Float64Array.of(1, 2)], 2)
    const diagonal = Math.SQRT1_2
    expect(Array.from(first ?? [], Math.abs)).toEqual([expect.closeTo(diagonal), expect.closeTo(diagonal)])
    expect((second?.[0] ?? 0) * (second?.[1] ?? 0)).toBeCloseTo(-0.5)
  })

  it('gives vectors that the matrix only stretches, in the order of how much', () => {
    fc.assert(
      fc.property(entries, (values) => {
        const matrix = Array.from({ length: SIZE }, (_, i) =>
          Float64Array.from(
            { length: SIZE },
            (__, j) => (values[SIZE * i + j] ?? 0) + (values[SIZE * j + i] ?? 0),
          ),
        )
        let previous = Infinity
        for (const vector of principalComponents(matrix, SIZE)) {
          const image = times(matrix, vector)
          const stretch = image.reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0)
          expect(stretch).toBeLessThanOrEqual(previous + 1e-9)
          previous = stretch
          image.forEach((value, i) => expect(value).toBeCloseTo(stretch * (vector[i] ?? 0), 6))
        }
      }),
    )
  })
})
