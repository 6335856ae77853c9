import { describe, expect, it } from 'vitest'
import { openNodeStaticEmbedder } from '../../../src/adapters/embedding-static/node-static-embedding.ts'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createSearchIndex } from '../../../src/peer/search-index.ts'
import { sampleContext } from '../../contract/sample-records.ts'
import { valueOf } from '../../support/value-of.ts'

describe('the index at start', () => {
  it('holds what was stored, but not the guide of an earlier version of the app', async () => {
    const contextStore = createMemoryContextStore()
    const bought = sampleContext('Foxes are red.', { origin: 'cached' })
    const earlier = sampleContext('Foxes are blue.', { origin: 'guide' })
    const present = sampleContext('Foxes are orange.', { origin: 'guide' })
    await contextStore.putContexts([bought, earlier, present], [])
    const index = createSearchIndex({
      contextStore,
      embedder: openNodeStaticEmbedder(),
      passageIndex: openNodePassageIndex(),
    })
    await index.start()
    await index.add([present])
    const found = await index.search({ question: 'foxes', queryVector: null, tags: [], limit: 5 })
    expect(found.map(({ contextHash }) => contextHash).sort()).toEqual(
      [bought.contextHash, present.contextHash].sort(),
    )
    expect(valueOf(index.size)).toBe(2)
  })
})
