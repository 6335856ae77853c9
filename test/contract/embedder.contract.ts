import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesToHexText } from '../../src/domain/kernel/bytes.ts'
import { sha256Digest } from '../../src/domain/kernel/hashing.ts'
import type { Embedder } from '../../src/ports/embedder.ts'
import staticVectors from '../vectors/static-384.json' with { type: 'json' }

/** What every embedder does, in every environment. */
export function describeEmbedder(name: string, open: () => Embedder | Promise<Embedder>): void {
  describe(name, () => {
    let embedder: Embedder
    beforeAll(async () => (embedder = await open()))
    afterAll(() => embedder.dispose())

    it('gives a unit vector a text, as long as it says', async () => {
      const [vector = new Float32Array()] = await embedder.embed(['A restore is tested weekly.'], 'passage')
      expect(vector).toHaveLength(embedder.dimensions)
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4)
    })

    it('keeps the order of the texts', async () => {
      const texts = Array.from({ length: 100 }, (_, i) => `passage number ${i}`)
      const together = await embedder.embed(texts, 'passage')
      const [last] = await embedder.embed(texts.slice(-1), 'passage')
      expect(together).toHaveLength(100)
      expect(cosine(together.at(-1), last)).toBeGreaterThan(0.9999)
    })

    it('does nothing for a call that was stopped before', async () => {
      await expect(embedder.embed(['text'], 'query', AbortSignal.abort())).rejects.toThrow(/abort/i)
    })

    it('refuses calls after it was closed', async () => {
      const closed = await open()
      await closed.dispose()
      await expect(closed.embed(['text'], 'query')).rejects.toMatchObject({ code: 'aborted' })
    })
  })
}

/** What every static-384 embedder does besides. */
export function describeStaticEmbedder(name: string, open: () => Embedder): void {
  describeEmbedder(name, open)

  describe(`${name} of static-384`, () => {
    let embedder: Embedder
    beforeAll(() => (embedder = open()))
    afterAll(() => embedder.dispose())

    it('gives exactly the published vectors, bit for bit', async () => {
      expect(embedder.space).toBe(staticVectors.space)
      for (const { text, role, head, sha256 } of staticVectors.vectors) {
        const [vector = new Float32Array()] = await embedder.embed(
          [text],
          role === 'query' ? 'query' : 'passage',
        )
        expect(vector).toHaveLength(embedder.dimensions)
        expect([...vector.slice(284, 288)], text).toEqual(head)
        expect(hashVector(vector), text).toBe(sha256)
      }
    })
  })
}

/** Cosine of the angle between two vectors. */
export function cosine(a: ArrayLike<number> = [], b: ArrayLike<number> = []): number {
  let product = 0
  for (let i = 0; i < a.length; i++) product += (a[i] ?? 0) * (b[i] ?? 0)
  return product / (Math.hypot(...Array.from(a)) * Math.hypot(...Array.from(b)))
}

function hashVector(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * vector.length))
  vector.forEach((value, i) => view.setFloat32(4 * i, value, true))
  return bytesToHexText(sha256Digest(new Uint8Array(view.buffer)))
}
