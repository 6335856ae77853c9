import { openNodeStaticEmbedder } from '../../../src/adapters/embedding-static/node-static-embedding.ts'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { createEmbeddingSpaces } from '../../../src/peer/embedding-spaces.ts'
import { createSearchIndex, type SearchIndex } from '../../../src/peer/search-index.ts'
import type { ContextStore } from '../../../src/ports/context-store.ts'
import { sampleContext } from '../../contract/sample-records.ts'
import { createLetterModels } from '../../support/letter-models.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { valueOf } from '../../support/value-of.ts'

export const PASSAGES = 100

/** A peer's models over a store with passages. */
export async function openSpaces(contextStore: ContextStore = createMemoryContextStore()) {
  const contexts = Array.from({ length: PASSAGES }, (_, i) => sampleContext(`Passage number ${i}.`))
  await contextStore.putContexts(contexts, [])
  const embedder = openNodeStaticEmbedder()
  const index = createSearchIndex({ contextStore, embedder, passageIndex: openNodePassageIndex() })
  await index.start()
  const models = createLetterModels()
  const clock = {
    ...createManualClock(),
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (models.embedded.length < models.restsAfter) resolve()
        signal?.addEventListener('abort', () => reject(new LoremeshError('aborted', 'Stopped')))
      }),
  }
  const spaces = createEmbeddingSpaces({ index, contextStore, embeddingModels: models, clock })
  await spaces.start()
  const stateOf = (id: string) => valueOf(spaces.state).models.find((model) => model.id === id)
  const spacesOfQuestions = async () => (await index.embedQuestion('passage')).map(({ space }) => space)
  return { spaces, index, models, contextStore, embedder, stateOf, spacesOfQuestions }
}

/** Adding waits for all vectors of the built-in space. */
export const allEmbedded = (index: SearchIndex) => index.add([])
