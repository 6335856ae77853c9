import { STOP_WORDS, findWords, lowerCase, subWords } from './tokenize.ts'
import type { StaticTables } from './static-tables.ts'

/** Dimensions that words are hashed into. */
const HASHED_DIMENSIONS = 284
/** Hashed dimensions that each word adds to. */
const HASHES_PER_WORD = 2
/** Share of the squared length that the hashed dimensions get; the looked-up ones get the rest. */
const HASHED_SHARE = 0.65
/** BM25's saturation of repeated words, k1 = 1.2 and b = 0.75, for passages and questions of usual length. */
const K1 = 1.2
const B = 0.75
const USUAL_WORDS = { passage: 130, query: 60 } as const
const MAX_CACHED_WORDS = 200_000
const SUFFIXES = 'ations ation ingly ings ing edly ies ied ers es ed er ly s'.split(' ')

/** What a word contributes: its row in the tables (-1 for an unknown word), its weight, its hashed dimensions and signs. */
interface Feature {
  readonly row: number
  readonly weight: number
  readonly hashed: readonly { readonly dimension: number; readonly sign: number }[]
}

/** Turns a text into its vector. */
export type StaticEmbedding = (text: string, role: 'query' | 'passage') => Float32Array<ArrayBuffer>

/** Dimensions of a vector made with these tables. */
export function staticDimensions(tables: StaticTables): number {
  return HASHED_DIMENSIONS + tables.dimensions
}

/**
 * The embedding static-384: signed feature hashing of words and sub-words, saturated like BM25 and weighted by rarity,
 * joined with the sum of the words' vectors from the tables. Gives a unit vector, or zeros for a text without words.
 *
 * Vectors are the same bit for bit in every engine, so that whoever has a text can check a claimed vector: only + − × ÷ √
 * on doubles in a fixed order, integer hashes, and no logarithm, which engines may round differently.
 */
export function createStaticEmbedding(tables: StaticTables): StaticEmbedding {
  const rows = new Map(tables.words.map((word, row) => [word, row]))
  const features = new Map<string, Feature>()

  function featureOf(word: string): Feature {
    let feature = features.get(word)
    if (feature === undefined) {
      const row = rows.get(word) ?? -1
      feature = {
        row,
        weight: row < 0 ? 1 : (tables.weights[row] ?? 0) / 255,
        hashed: hashedDimensions(word),
      }
      if (features.size >= MAX_CACHED_WORDS) features.clear()
      features.set(word, feature)
    }
    return feature
  }

  return (text, role) => {
    const sums = new Float64Array(staticDimensions(tables))
    const counts = new Map<string, number>()
    let total = 0
    const count = (word: string): void => {
      if (STOP_WORDS.has(word)) return
      counts.set(word, (counts.get(word) ?? 0) + 1)
      total++
    }
    for (const word of findWords(text)) {
      const parts = subWords(word.text)
      if (parts.length > 1) count(lowerCase(word.text))
      for (const part of parts) {
        addRow(sums, tables, featureOf(part).row)
        count(part)
      }
    }
    const norm = 1 - B + (B * total) / USUAL_WORDS[role]
    for (const [word, repeats] of counts) {
      const { weight, hashed } = featureOf(word)
      const value = ((repeats * (K1 + 1)) / (repeats + K1 * norm)) * weight
      for (const { dimension, sign } of hashed) sums[dimension] = (sums[dimension] ?? 0) + sign * value
    }
    return joinParts(sums)
  }
}

function addRow(sums: Float64Array, tables: StaticTables, row: number): void {
  if (row < 0) return
  const scale = tables.scales[row] ?? 0
  const start = row * tables.dimensions
  for (let i = 0; i < tables.dimensions; i++) {
    const at = HASHED_DIMENSIONS + i
    sums[at] = (sums[at] ?? 0) + (tables.vectors[start + i] ?? 0) * scale
  }
}

/** Scales the hashed and the looked-up part to their shares of length 1; a part without its counterpart gets all of it. */
function joinParts(sums: Float64Array): Float32Array<ArrayBuffer> {
  const hashed = sums.subarray(0, HASHED_DIMENSIONS)
  const lookedUp = sums.subarray(HASHED_DIMENSIONS)
  const hashedSquare = squareSum(hashed)
  const lookedUpSquare = squareSum(lookedUp)
  const vector = new Float32Array(sums.length)
  const copy = (part: Float64Array, factor: number, start: number): void =>
    part.forEach((value, i) => (vector[start + i] = value * factor))
  if (hashedSquare > 0) copy(hashed, Math.sqrt((lookedUpSquare > 0 ? HASHED_SHARE : 1) / hashedSquare), 0)
  if (lookedUpSquare > 0) {
    copy(lookedUp, Math.sqrt((hashedSquare > 0 ? 1 - HASHED_SHARE : 1) / lookedUpSquare), HASHED_DIMENSIONS)
  }
  return vector
}

function squareSum(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value * value
  return sum
}

function hashedDimensions(word: string): Feature['hashed'] {
  const hash = fnv1a(withoutSuffix(word))
  return Array.from({ length: HASHES_PER_WORD }, (_, i) => {
    const mixed = mixBits((hash + Math.imul(i, 0x9e3779b9)) | 0)
    return { dimension: mixed % HASHED_DIMENSIONS, sign: ((mixed >>> 20) & 1) === 1 ? 1 : -1 }
  })
}

/** A light stem; part of the space's definition, so it stays as it is even when the word index stems better. */
function withoutSuffix(word: string): string {
  const suffix = SUFFIXES.find((ending) => word.endsWith(ending) && word.length - ending.length >= 3)
  return suffix === undefined ? word : word.slice(0, -suffix.length)
}

/** 32-bit FNV-1a over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** MurmurHash3's finalizer, as an unsigned 32-bit integer. */
function mixBits(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
