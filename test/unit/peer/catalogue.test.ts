import { expect, it } from 'vitest'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../../../src/domain/content/descriptor.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createCatalogue } from '../../../src/peer/catalogue.ts'
import { ann, bob, START_MS } from '../../support/ledger.ts'

const space = 'tests@1' as SpaceId
const query = { question: 'bees', vector: null, tags: [], limit: 8, minRelevance: 0 }

function describe(author: Identity, title: string, values: readonly number[]): SignedDescriptor {
  return signDescriptor(author, {
    contextHash: hashText(title),
    sizeBytes: 100,
    title,
    headingPath: [],
    description: '',
    tags: [],
    references: [],
    documentHash: hashText(title),
    documentTitle: title,
    documentBytes: 100,
    author: author.account,
    createdAtMs: START_MS,
    vector: { space, values: Int8Array.from(values), scale: 0.001 },
  })
}

it('a vector of the wrong length shuts out nothing else, now or at the next start', async () => {
  const contextStore = createMemoryContextStore()
  let catalogue = createCatalogue({ contextStore }, { space, dimensions: 2 })
  const found = () => catalogue.search(query, 8).map(({ descriptor }) => descriptor.title)
  await catalogue.add([describe(bob, 'False bees', [1])])
  await catalogue.add([describe(ann, 'True bees', [1, 2])])
  expect(found()).toContain('True bees')

  catalogue = createCatalogue({ contextStore }, { space, dimensions: 2 })
  await catalogue.start()
  expect(found()).toContain('True bees')
})
