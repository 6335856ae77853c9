import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  STATIC_TABLES_BYTES,
  encodeStaticTables,
  parseShippedStaticTables,
  parseStaticTables,
  type StaticTables,
} from '../../../../src/domain/retrieval/static-tables.ts'

const small: StaticTables = {
  words: ['peer', 'größe'],
  dimensions: 3,
  vectors: Int8Array.of(1, -2, 127, 0, 5, -127),
  scales: Float32Array.of(0.5, 0.25),
  weights: Uint8Array.of(0, 255),
}

describe('static tables', () => {
  it('come back as they were written, from any position in a larger buffer', () => {
    const bytes = encodeStaticTables(small)
    expect(parseStaticTables(bytes)).toEqual(small)
    expect(parseStaticTables(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))).toEqual({
      ...small,
      weights: Buffer.from(small.weights),
    })
  })

  it('are refused when cut short, longer or of another kind', () => {
    const bytes = encodeStaticTables(small)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseStaticTables(bytes.subarray(0, length))).toThrow(/embedding tables/)
    }
    expect(() => parseStaticTables(Uint8Array.of(...bytes, 0))).toThrow(/incomplete/)
    expect(() => parseStaticTables(bytes.with(0, 0))).toThrow(/no embedding tables/)
  })
})

describe('the shipped tables', () => {
  const asset = readFileSync('src/adapters/embedding-static/assets/static-384.bin')

  it('are exactly those whose hash names the space', () => {
    expect(asset).toHaveLength(STATIC_TABLES_BYTES)
    const tables = parseShippedStaticTables(asset)
    expect(tables.words).toHaveLength(50_000)
    expect(tables.words.slice(0, 3)).toEqual(['the', ',', '.'])
    expect(tables.dimensions).toBe(100)
  })

  it('are refused when one bit differs', () => {
    const damaged = Uint8Array.from(asset)
    damaged[100_000] = (damaged[100_000] ?? 0) ^ 1
    expect(() => parseShippedStaticTables(damaged)).toThrow(expect.objectContaining({ code: 'bad-content' }))
  })
})
