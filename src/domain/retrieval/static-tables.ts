import { bytesToHexText, bytesToText, textToBytes } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { sha256Digest } from '../kernel/hashing.ts'

/** What the static embedding looks up: word i has `vectors[i * dimensions …] * scales[i]` and the weight `weights[i] / 255`. */
export interface StaticTables {
  readonly words: readonly string[]
  readonly dimensions: number
  readonly vectors: Int8Array
  readonly scales: Float32Array
  /** How much a word tells texts apart, from 0 (in every text) to 255 (rare). */
  readonly weights: Uint8Array
}

/** SHA-256 of the shipped tables; tools/build-static-384.ts makes them. */
export const STATIC_TABLES_SHA256 = '92d6b505fa6ce8bbd00cb8427ab86b47bc884449d4bb6c6223f8a8fe02360700'
/** Size of the shipped tables. */
export const STATIC_TABLES_BYTES = 5_660_710

/** "lmstat" and format version 1. */
const MAGIC = Uint8Array.of(0x6c, 0x6d, 0x73, 0x74, 0x61, 0x74, 0, 1)
const HEADER_BYTES = MAGIC.length + 3 * 4

/**
 * One binary file, little-endian: magic (8 bytes), number of words, dimensions, bytes of the word list (u32 each), scales
 * (f32), vectors (i8), weights (u8), words (UTF-8, joined by line feeds).
 */
export function encodeStaticTables(tables: StaticTables): Uint8Array {
  const { words, dimensions, vectors, scales, weights } = tables
  const wordBytes = textToBytes(words.join('\n'))
  const bytes = new Uint8Array(
    HEADER_BYTES + 4 * words.length + vectors.length + words.length + wordBytes.length,
  )
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  view.setUint32(8, words.length, true)
  view.setUint32(12, dimensions, true)
  view.setUint32(16, wordBytes.length, true)
  scales.forEach((scale, i) => view.setFloat32(HEADER_BYTES + 4 * i, scale, true))
  const vectorsAt = HEADER_BYTES + 4 * words.length
  bytes.set(new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.length), vectorsAt)
  bytes.set(weights, vectorsAt + vectors.length)
  bytes.set(wordBytes, vectorsAt + vectors.length + words.length)
  return bytes
}

/** The tables of a file that `encodeStaticTables` made, as views of its bytes; throws `bad-encoding`. */
export function parseStaticTables(bytes: Uint8Array): StaticTables {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => byte !== bytes[i])) {
    throw new LoremeshError('bad-encoding', 'These are no embedding tables')
  }
  const count = view.getUint32(8, true)
  const dimensions = view.getUint32(12, true)
  const vectorsAt = HEADER_BYTES + 4 * count
  const weightsAt = vectorsAt + count * dimensions
  const wordsAt = weightsAt + count
  const incomplete = new LoremeshError('bad-encoding', 'The embedding tables are incomplete')
  if (bytes.length !== wordsAt + view.getUint32(16, true)) throw incomplete
  const words = bytesToText(bytes.subarray(wordsAt)).split('\n')
  if (words.length !== count) throw incomplete
  return {
    words,
    dimensions,
    vectors: new Int8Array(bytes.buffer, bytes.byteOffset + vectorsAt, count * dimensions),
    scales: Float32Array.from({ length: count }, (_, i) => view.getFloat32(HEADER_BYTES + 4 * i, true)),
    weights: bytes.subarray(weightsAt, wordsAt),
  }
}

/** The shipped tables; throws `bad-content` unless the bytes are exactly these, since their hash names the vector space. */
export function parseShippedStaticTables(bytes: Uint8Array): StaticTables {
  if (bytesToHexText(sha256Digest(bytes)) !== STATIC_TABLES_SHA256) {
    throw new LoremeshError(
      'bad-content',
      'The embedding tables are damaged',
      'Reload, or install Loremesh again',
    )
  }
  return parseStaticTables(bytes)
}
