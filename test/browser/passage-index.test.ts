import { expect, it } from 'vitest'
import {
  openPassageIndexInWorker,
  startIndexWorker,
} from '../../src/adapters/passage-index/worker-passage-index.ts'
import { createMemoryContextStore } from '../../src/adapters/storage-memory/memory-context-store.ts'
import type { SpaceId } from '../../src/domain/retrieval/embedding.ts'
import { createSearchIndex } from '../../src/peer/search-index.ts'
import { describePassageIndex } from '../contract/passage-index.contract.ts'
import { sampleContext } from '../contract/sample-records.ts'

describePassageIndex('openPassageIndexInWorker', () => openPassageIndexInWorker())

it('an index whose worker ends without a word is filled again from the store, and no search hangs', async () => {
  const workers: Worker[] = []
  const passageIndex = openPassageIndexInWorker(() => {
    const worker = startIndexWorker()
    workers.push(worker)
    return worker
  })
  const contextStore = createMemoryContextStore()
  const embedder = {
    space: 'foxes' as SpaceId,
    embed: (texts: readonly string[]) =>
      Promise.resolve(texts.map((text) => Float32Array.of(/fox|vixen/i.test(text) ? 1 : 0, 0.1))),
  }
  const index = createSearchIndex({ contextStore, embedder, passageIndex })
  const [fox, sky] = [sampleContext('Foxes are red.'), sampleContext('The sky is blue.')]
  await contextStore.putContexts([fox, sky], [])
  await index.add([fox, sky])
  await index.markShared([fox.contextHash], true)
  const find = async (question: string) => {
    const queryVectors = await index.embedQuestion(question)
    const hits = await index.search({ question, queryVectors, tags: [], limit: 5, sharedOnly: true })
    return hits.map(({ contextHash }) => contextHash)
  }
  expect(await find('vixen')).toEqual([fox.contextHash])

  workers[0]?.terminate()
  expect(await find('red')).toEqual([fox.contextHash])
  expect(await find('vixen')).toEqual([fox.contextHash])
  expect(workers).toHaveLength(2)
  passageIndex.close()
})
