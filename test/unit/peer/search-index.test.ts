import { describe, expect, it } from 'vitest'
import { openNodeStaticEmbedder } from '../../../src/adapters/embedding-static/node-static-embedding.ts'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import type { Context } from '../../../src/domain/content/context.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createSearchIndex, type SearchIndex } from '../../../src/peer/search-index.ts'
import type { Embedder } from '../../../src/ports/embedder.ts'
import { sampleContext } from '../../contract/sample-records.ts'
import { valueOf } from '../../support/value-of.ts'

const byWords = { queryVector: null, tags: [], limit: 5 }

function open(contextStore = createMemoryContextStore()) {
  const index = createSearchIndex({
    contextStore,
    embedder: openNodeStaticEmbedder(),
    passageIndex: openNodePassageIndex(),
  })
  return { contextStore, index }
}

/** A model for which all texts that contain "fox", as little as "Reineke", mean the same; `beforePassages` may wait or fail. */
function foxModel(
  beforePassages: () => Promise<void> = () => Promise.resolve(),
): Pick<Embedder, 'space' | 'embed'> {
  return {
    space: 'foxes' as SpaceId,
    async embed(texts, role) {
      if (role === 'passage') await beforePassages()
      return texts.map((text) => Float32Array.of(/fox|Reineke/i.test(text) ? 1 : 0, 0.1))
    },
  }
}

/** A promise that stays pending until it is opened. */
function createGate(): { readonly closed: Promise<void>; open(): void } {
  let release: () => void = () => undefined
  const closed = new Promise<void>((resolve) => (release = resolve))
  return { closed, open: () => release() }
}

/** What a question finds, by everything that the index has for it. */
async function find(index: SearchIndex, question: string): Promise<string[]> {
  const { own } = await index.embedQuestion(question)
  const hits = await index.search({ ...byWords, question, queryVector: own })
  return hits.map(({ contextHash }) => contextHash)
}

const fox = sampleContext('Foxes are red.')
const sky = sampleContext('The sky has a colour of its own.')

async function openFilled(contexts: readonly Context[] = [fox, sky]) {
  const opened = open()
  await opened.contextStore.putContexts(contexts, [])
  await opened.index.add(contexts)
  return opened
}

describe('the index at start', () => {
  it('holds what was stored, but not the guide of an earlier version of the app', async () => {
    const { contextStore, index } = open()
    const bought = sampleContext('Foxes are red.', { origin: 'cached' })
    const earlier = sampleContext('Foxes are blue.', { origin: 'guide' })
    const present = sampleContext('Foxes are orange.', { origin: 'guide' })
    await contextStore.putContexts([bought, earlier, present], [])
    await index.start()
    await index.add([present])
    const found = await index.search({ ...byWords, question: 'foxes' })
    expect(found.map(({ contextHash }) => contextHash).sort()).toEqual(
      [bought.contextHash, present.contextHash].sort(),
    )
    expect(valueOf(index.size)).toBe(2)
  })

  it('has the vectors that an earlier run stored', async () => {
    const { contextStore } = await openFilled()
    const { index } = open(contextStore)
    await index.start()
    expect([...(await index.vectorsOf([fox.contextHash])).keys()]).toEqual([fox.contextHash])
  })
})

describe('the space that serves', () => {
  it('is that of another embedder once everything has a vector of it, and not before', async () => {
    const { contextStore, index } = await openFilled()
    const { closed, open: unblock } = createGate()
    const switching = index.useSpace(foxModel(() => closed))
    expect(await find(index, 'Reineke')).toEqual([])
    unblock()
    await switching
    expect(await find(index, 'Reineke')).toEqual([fox.contextHash])
    expect((await contextStore.listVectors('foxes' as SpaceId)).size).toBe(2)
    const [{ space } = { space: '' }] = (await index.vectorsOf([fox.contextHash])).values()
    expect(space).toBe(openNodeStaticEmbedder().space)
  })

  it('holds what was added while it was being filled, and what is added later', async () => {
    const { contextStore, index } = await openFilled([sky])
    const { closed, open: unblock } = createGate()
    const switching = index.useSpace(foxModel(() => closed))
    await contextStore.putContexts([fox], [])
    await index.add([fox])
    unblock()
    await switching
    expect(await find(index, 'Reineke')).toEqual([fox.contextHash])
    const vixen = sampleContext('The vixen is a fox.')
    await contextStore.putContexts([vixen], [])
    await index.add([vixen])
    expect(await find(index, 'Reineke')).toContain(vixen.contextHash)
  })

  it('stays when the other embedder fails, or another one is named meanwhile', async () => {
    const { index } = await openFilled()
    const before = (await index.embedQuestion('Reineke')).own?.space
    const broken = foxModel(() => Promise.reject(new Error('The model is broken')))
    await expect(index.useSpace(broken)).rejects.toThrow('The model is broken')
    const { closed, open: unblock } = createGate()
    const first = index.useSpace(foxModel(() => closed))
    const second = index.useSpace(openNodeStaticEmbedder())
    unblock()
    await expect(first).rejects.toMatchObject({ code: 'aborted' })
    await second
    expect((await index.embedQuestion('Reineke')).own?.space).toBe(before)
    await index.useSpace(foxModel())
    expect(await find(index, 'Reineke')).toEqual([fox.contextHash])
  })
})
