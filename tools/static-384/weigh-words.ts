import type { StaticTables } from '../../src/domain/retrieval/static-tables.ts'
import { principalComponents } from './principal-components.ts'

/** Words, most frequent first, each with its vector. */
export interface WordVectors {
  readonly words: readonly string[]
  readonly vectors: readonly (readonly number[])[]
  readonly dimensions: number
}

/** Words kept in the tables. */
const KEPT_WORDS = 50_000
/** Smoothing of the smooth inverse frequency, a in a / (a + p). */
const SIF_SMOOTHING = 1e-4
const REMOVED_COMPONENTS = 2
/** Euler's constant and the offset of Zipf–Mandelbrot's law; probabilities of words are estimated from their ranks. */
const EULER = 0.577
const MANDELBROT_OFFSET = 2.7
/** Share of the rarest word's information below which a word weighs nothing. */
const COMMON_SHARE = 0.35

/**
 * The tables of static-384: vectors weighted by smooth inverse frequency without the components that all texts have in
 * common (Arora, Liang and Ma, "A simple but tough-to-beat baseline for sentence embeddings", 2017), rounded to int8 with
 * a scale a word; and each word's rarity.
 */
export function weighWords(source: WordVectors): StaticTables {
  const { dimensions } = source
  const words = source.words.slice(0, KEPT_WORDS)
  const total = source.words.length
  const harmonic = Math.log(total) + EULER
  const probability = (rank: number): number => 1 / ((rank + MANDELBROT_OFFSET) * harmonic)

  const weighted = words.map((_, rank) => {
    const weight = SIF_SMOOTHING / (SIF_SMOOTHING + probability(rank))
    return Float64Array.from((source.vectors[rank] ?? []).slice(0, dimensions), (value) => value * weight)
  })
  removeComponents(
    weighted,
    principalComponents(covariance(weighted, probability, dimensions), REMOVED_COMPONENTS),
  )

  const rarest = Math.log(probability(total - 1))
  return {
    words,
    dimensions,
    ...roundVectors(weighted, dimensions),
    weights: Uint8Array.from(words, (_, rank) => {
      const share = Math.log(probability(rank)) / rarest
      return Math.round(255 * Math.min(1, Math.max(0, (share - COMMON_SHARE) / (1 - COMMON_SHARE))))
    }),
  }
}

/** Expected outer product of a word's vector with itself, uncentred: its main directions are the common components. */
function covariance(
  vectors: readonly Float64Array[],
  probability: (rank: number) => number,
  dimensions: number,
): Float64Array[] {
  const sums = Array.from({ length: dimensions }, () => new Float64Array(dimensions))
  vectors.forEach((vector, rank) => {
    const p = probability(rank)
    sums.forEach((row, i) => {
      const factor = p * (vector[i] ?? 0)
      vector.forEach((value, j) => (row[j] = (row[j] ?? 0) + factor * value))
    })
  })
  return sums
}

function removeComponents(vectors: readonly Float64Array[], components: readonly Float64Array[]): void {
  for (const vector of vectors) {
    const shares = components.map((component) =>
      vector.reduce((sum, value, i) => sum + value * (component[i] ?? 0), 0),
    )
    components.forEach((component, k) =>
      vector.forEach((value, i) => (vector[i] = value - (shares[k] ?? 0) * (component[i] ?? 0))),
    )
  }
}

function roundVectors(
  vectors: readonly Float64Array[],
  dimensions: number,
): Pick<StaticTables, 'vectors' | 'scales'> {
  const rounded = new Int8Array(vectors.length * dimensions)
  const scales = new Float32Array(vectors.length)
  vectors.forEach((vector, row) => {
    const scale = vector.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127
    scales[row] = scale
    if (scale > 0)
      rounded.set(
        vector.map((value) => Math.round(value / scale)),
        row * dimensions,
      )
  })
  return { vectors: rounded, scales }
}
