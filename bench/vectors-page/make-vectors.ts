import { vectorLength } from '../../src/domain/retrieval/embedding.ts'

/** The vectors of one array, which lie one after another. */
export function sliceVectors(floats: Float32Array, dimensions: number): readonly Float32Array[] {
  return Array.from({ length: floats.length / dimensions }, (_, at) =>
    floats.subarray(at * dimensions, (at + 1) * dimensions),
  )
}

/**
 * `count` unit vectors, the same in every run: real ones first, then points between two real ones, a little off the
 * line, which lie as real ones do.
 */
export function* makeVectors({
  count,
  passages,
  dimensions,
}: {
  readonly count: number
  readonly passages: Float32Array
  readonly dimensions: number
}): Generator<Float32Array> {
  const real = sliceVectors(passages, dimensions)
  const random = createRandom()
  const pick = (): Float32Array => real[Math.floor(random() * real.length)] ?? new Float32Array(dimensions)
  for (let row = 0; row < count; row++) yield real[row] ?? between(pick(), pick(), random)
}

function between(a: Float32Array, b: Float32Array, random: () => number): Float32Array {
  const share = 0.55 + 0.35 * random()
  const point = a.map(
    (value, i) => share * value + (1 - share) * (b[i] ?? 0) + (random() + random() - 1) * 0.02,
  )
  const length = vectorLength(point)
  return point.map((value) => value / length)
}

/** Numbers from 0 to 1 by xorshift32 (Marsaglia 2003), always the same. */
function createRandom(): () => number {
  let state = 12_345
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
