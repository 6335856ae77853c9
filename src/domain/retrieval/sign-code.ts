/** Makes short codes of vectors: the fewer bits two codes differ in, the smaller is the angle between their vectors. */
export interface SignCoder {
  readonly codeBytes: number
  /** Writes the code of `values`, int8 components without their scale, into `code`. */
  encode(values: Int8Array, code: Uint8Array): void
}

/** Rotations, one after another: the second one spreads what the first one leaves in few components. */
const ROTATIONS = 2
const SEED = 0x9e3779b9
const LEAST_SIZE = 128

/**
 * Creates the coder of vectors with so many dimensions. A code is the signs of the vector's components after a random
 * rotation (Charikar 2002), without which the zeros of sparse vectors would say nothing. The rotation is that of Ailon
 * and Chazelle (2009), random signs and then a Walsh-Hadamard transform, here in integers, so that codes are the same on
 * every machine.
 */
export function createSignCoder(dimensions: number): SignCoder {
  const size = Math.max(LEAST_SIZE, 2 ** Math.ceil(Math.log2(dimensions)))
  const flips = Array.from({ length: ROTATIONS }, (_, at) => randomSigns(size, SEED + at))
  const rotated = new Int32Array(size)

  return {
    codeBytes: size / 8,
    encode(values, code) {
      rotated.fill(0)
      rotated.set(values)
      for (const signs of flips) {
        for (let i = 0; i < size; i++) rotated[i] = (rotated[i] ?? 0) * (signs[i] ?? 0)
        transform(rotated)
      }
      code.fill(0)
      for (let i = 0; i < size; i++) {
        if ((rotated[i] ?? 0) > 0) code[i >> 3] = (code[i >> 3] ?? 0) | (1 << (i & 7))
      }
    },
  }
}

/** Walsh-Hadamard transform in place, not normalised; the length is a power of two. */
function transform(numbers: Int32Array): void {
  for (let half = 1; half < numbers.length; half *= 2) {
    for (let start = 0; start < numbers.length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = numbers[i] ?? 0
        const b = numbers[i + half] ?? 0
        numbers[i] = a + b
        numbers[i + half] = a - b
      }
    }
  }
}

/** Signs by xorshift32 (Marsaglia 2003): always the same. */
function randomSigns(count: number, seed: number): Int8Array {
  let state = seed
  return Int8Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state < 0 ? -1 : 1
  })
}
