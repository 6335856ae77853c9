import { beforeAll, describe, expect, it } from 'vitest'
import { openEmbeddingModels } from '../../src/adapters/embedding-transformers/open-embedding-models.ts'
import type { ByteProgress, ModelEmbedder } from '../../src/ports/embedding-models.ts'
import { cosine, describeEmbedder } from '../contract/embedder.contract.ts'
import reference from '../vectors/use-lite.json' with { type: 'json' }

const USE_LITE = 'use-lite-en'
const WORDS = ['restore', 'river', 'verify', 'ledger', 'morning', 'copper']
/** Graphics that a processor imitates are slow. */
const GPU_TIMEOUT_MS = 90_000
const models = openEmbeddingModels()

describe('the app’s own model', () => {
  let embedder: ModelEmbedder
  const progress: ByteProgress[] = []

  beforeAll(async () => {
    await models.remove(USE_LITE)
    await models.download(USE_LITE, (step) => progress.push(step), new AbortController().signal)
    embedder = await models.open(USE_LITE, 'wasm')
    await embedder.load()
    return () => embedder.dispose()
  })

  it('comes from the app itself, with its progress in bytes', async () => {
    const totalBytes = 7_314_886
    expect(progress[0]).toEqual({ receivedBytes: 0, totalBytes })
    expect(progress.at(-1)).toEqual({ receivedBytes: totalBytes, totalBytes })
    const [own] = await models.list()
    expect(own).toMatchObject({ id: USE_LITE, sizeBytes: totalBytes, storedBytes: totalBytes })
  })

  it('gives the vectors of the original weights', async () => {
    expect(embedder.device()).toBe('wasm')
    const vectors = await embedder.embed(
      reference.vectors.map(({ text }) => text),
      'passage',
    )
    reference.vectors.forEach(({ text, vector }, at) => {
      expect(cosine(vectors[at], decode(vector)), text).toBeGreaterThan(0.998)
    })
  })

  it('finds what is said in other words', async () => {
    const [cat, kitten, rates] = await embedder.embed(
      ['The cat sat on the mat.', 'A kitten rested on the rug.', 'Interest rates rose by half a percent.'],
      'passage',
    )
    expect(cosine(cat, kitten)).toBeGreaterThan(cosine(cat, rates) + 0.2)
  })

  it('gives the same vectors with WebGPU', { timeout: GPU_TIMEOUT_MS }, async () => {
    expect(await models.devices()).toEqual(['wasm', 'webgpu'])
    const texts = Array.from({ length: 100 }, (_, i) => `${WORDS[i % WORDS.length]} ${i}`)
    const gpu = await models.open(USE_LITE, 'webgpu')
    const ofGpu = await gpu.embed(texts, 'passage')
    expect(gpu.device()).toBe('webgpu')
    await gpu.dispose()
    expect(gpu.space).toBe(embedder.space)
    const ofWasm = await embedder.embed(texts, 'passage')
    const similarities = ofWasm.map((vector, at) => cosine(vector, ofGpu[at]))
    expect(similarities).toHaveLength(100)
    expect(Math.min(...similarities)).toBeGreaterThan(0.99)
  })
})

describeEmbedder('an embedder of the app’s own model', async () => {
  await models.download(USE_LITE, () => undefined, new AbortController().signal)
  return models.open(USE_LITE, 'wasm')
})

function decode(text: string): Int16Array {
  return new Int16Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer)
}
