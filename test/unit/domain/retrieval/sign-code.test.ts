import { describe, expect, it } from 'vitest'
import { createSignCoder } from '../../../../src/domain/retrieval/sign-code.ts'

const DIMENSIONS = 384

function codeOf(values: Int8Array): Uint8Array {
  const { codeBytes, encode } = createSignCoder(values.length)
  const code = new Uint8Array(codeBytes).fill(255)
  encode(values, code)
  return code
}

/** The angle that two codes tell, in degrees. */
function angle(a: Uint8Array, b: Uint8Array): number {
  let differing = 0
  a.forEach((byte, i) => {
    for (let bits = byte ^ (b[i] ?? 0); bits > 0; bits >>= 1) differing += bits & 1
  })
  return (180 * differing) / (8 * a.length)
}

/** Zeros but for some components. */
function sparse(...components: readonly (readonly [number, number])[]): Int8Array {
  const values = new Int8Array(DIMENSIONS)
  for (const [at, value] of components) values[at] = value
  return values
}

describe('createSignCoder', () => {
  it('tells the angle between vectors of which most components are zeros', () => {
    const question = codeOf(sparse([3, 100], [77, 100]))
    const near = codeOf(sparse([3, 100], [77, 90], [200, 40]))
    const halfway = codeOf(sparse([3, 100], [300, 100]))
    const unrelated = codeOf(sparse([4, 100], [250, 100]))
    const opposite = codeOf(sparse([3, -100], [77, -100]))
    expect(angle(question, near)).toBeLessThan(35)
    expect(angle(question, halfway)).toBeGreaterThan(45)
    expect(angle(question, halfway)).toBeLessThan(75)
    expect(angle(question, unrelated)).toBeGreaterThan(75)
    expect(angle(question, unrelated)).toBeLessThan(105)
    expect(angle(question, opposite)).toBeGreaterThan(120)
  })

  it('takes no notice of the length of a vector', () => {
    expect(codeOf(sparse([3, 10], [77, -20]))).toEqual(codeOf(sparse([3, 60], [77, -120])))
  })

  it('gives the same codes everywhere and always', () => {
    expect([...codeOf(Int8Array.of(1, -2, 3)).slice(0, 8)]).toMatchInlineSnapshot(`
      [
        96,
        144,
        246,
        11,
        208,
        242,
        0,
        241,
      ]
    `)
  })

  it('has a bit for every dimension, and as many as a kernel reads at once', () => {
    expect([2, 128, 129, 384, 512].map((dimensions) => createSignCoder(dimensions).codeBytes)).toEqual([
      16, 16, 32, 64, 64,
    ])
  })
})
