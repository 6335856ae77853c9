import { describe, expect, it } from 'vitest'
import { openNodeStaticEmbedder } from '../../../src/adapters/embedding-static/node-static-embedding.ts'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import type { Context } from '../../../src/domain/content/context.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createSearchIndex, type SearchIndex } from '../../../src/peer/search-index.ts'
import type { Embedder } from '../../../src/ports/embedder.ts'
import { sampleContext } from '../../contract/sample-records.ts'
import { createLosableIndex } from '../../support/losable-index.ts'
import { valueOf } from '../../support/value-of.ts'

const byWords = { queryVectors: [], tags: [], limit: 5 }
const FOXES = 'foxes' as SpaceId
const announcedSpace = openNodeStaticEmbedder().space

function open(
  contextStore = createMemoryContextStore(),
  passageIndex = openNodePassageIndex(),
  embedder: Pick<Embedder, 'space' | 'embed'> = openNodeStaticEmbedder(),
) {
  const index = createSearchIndex({ contextStore, embedder, passageIndex })
  return { contextStore, index }
}

/** A model for which all texts that contain "fox", as little as "Reineke", mean the same; `beforePassages` may wait or fail. */
function foxModel(
  beforePassages: () => Promise<void> = () => Promise.resolve(),
): Pick<Embedder, 'space' | 'embed'> {
  return {
    space: FOXES,
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
  const queryVectors = await index.embedQuestion(question)
  const hits = await index.search({ ...byWords, question, queryVectors })
  return hits.map(({ contextHash }) => contextHash)
}

/** Spaces in which a question is compared. */
async function spacesOfQuestion(index: SearchIndex): Promise<string[]> {
  return (await index.embedQuestion('Reineke')).map(({ space }) => space)
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
    expect([bought, earlier].map(({ contextHash }) => index.has(contextHash))).toEqual([true, false])
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
    await index.add([])
    expect([...(await index.vectorsOf([fox.contextHash])).keys()]).toEqual([fox.contextHash])
  })

  it('embeds what comes while it is being filled, and nothing that an earlier run has embedded', async () => {
    const stored = Array.from({ length: 600 }, (_, at) => sampleContext(`Fox number${at} is red.`))
    const { contextStore } = await openFilled(stored)
    const embedder = openNodeStaticEmbedder()
    const embedded: string[] = []
    const { index } = open(contextStore, openNodePassageIndex(), {
      ...embedder,
      embed(texts, role) {
        embedded.push(...texts)
        return embedder.embed(texts, role)
      },
    })
    await index.start()
    await contextStore.putContexts([sky], [])
    await index.add([sky])
    await index.whenFilled()
    await index.add([])
    expect(embedded).toEqual([sky.text])
    const hashes = [...stored, sky].map(({ contextHash }) => contextHash)
    expect((await index.vectorsOf(hashes)).size).toBe(hashes.length)
  })

  it('starts before a large library can be searched, whose words are then found little by little', async () => {
    const contexts = Array.from({ length: 400 }, (_, at) => sampleContext(`Fox number${at} is red.`))
    const { contextStore, index } = open()
    await contextStore.putContexts(contexts, [])
    await index.markShared([contexts[399]?.contextHash ?? fox.contextHash], true)
    await index.start()
    expect(valueOf(index.size)).toBe(400)
    const count = async (question: string) => (await index.search({ ...byWords, question })).length
    expect(await count('number399')).toBe(0)
    await expect.poll(() => count('number399')).toBe(1)
    const shared = async () => (await index.search({ ...byWords, question: 'fox', sharedOnly: true })).length
    await expect.poll(shared).toBe(1)
  })
})

describe('a model', () => {
  it('counts beside static-384 once everything has a vector of it, and not before', async () => {
    const { contextStore, index } = await openFilled()
    const { closed, open: unblock } = createGate()
    const choosing = index.useModel(foxModel(() => closed))
    expect(await find(index, 'Reineke')).toEqual([])
    expect(valueOf(index.toEmbed)).toBe(2)
    unblock()
    await choosing
    expect(valueOf(index.toEmbed)).toBe(0)
    expect(await find(index, 'Reineke')).toEqual([fox.contextHash])
    expect(await spacesOfQuestion(index)).toEqual([announcedSpace, FOXES])
    expect((await contextStore.listVectors(FOXES)).size).toBe(2)
    const [{ space } = { space: '' }] = (await index.vectorsOf([fox.contextHash])).values()
    expect(space).toBe(announcedSpace)
  })

  it('is left out while what has come last waits for its vector, unless other passages are searched', async () => {
    const { contextStore, index } = await openFilled()
    const { closed, open: unblock } = createGate()
    let isWaiting = false
    await index.useModel(foxModel(() => (isWaiting ? closed : Promise.resolve())))
    const queryVectors = await index.embedQuestion('Reineke')
    isWaiting = true
    const vixen = sampleContext('The vixen is a fox.')
    await contextStore.putContexts([vixen], [])
    await index.add([vixen])
    const search = async (only?: readonly ContextHash[]) => {
      const query = { ...byWords, question: 'Reineke', queryVectors, ...(only && { only }) }
      return (await index.search(query)).map(({ contextHash }) => contextHash)
    }
    expect(await spacesOfQuestion(index)).toEqual([announcedSpace])
    expect(await search()).toEqual([])
    expect(await search([fox.contextHash])).toEqual([fox.contextHash])
    unblock()
    await expect.poll(() => valueOf(index.toEmbed)).toBe(0)
    expect((await search()).toSorted()).toEqual([fox.contextHash, vixen.contextHash].toSorted())
  })

  it('has vectors of what was added while it was being filled', async () => {
    const { contextStore, index } = await openFilled([sky])
    const { closed, open: unblock } = createGate()
    const choosing = index.useModel(foxModel(() => closed))
    await contextStore.putContexts([fox], [])
    await index.add([fox])
    unblock()
    await choosing
    expect(await find(index, 'Reineke')).toEqual([fox.contextHash])
  })

  it('that fails leaves words and static-384, and another one takes the place of one that is not ready', async () => {
    const { index } = await openFilled()
    const broken = foxModel(() => Promise.reject(new Error('The model is broken')))
    await expect(index.useModel(broken)).rejects.toThrow('The model is broken')
    expect(await find(index, 'foxes')).toContain(fox.contextHash)
    const { closed, open: unblock } = createGate()
    const first = index.useModel(foxModel(() => closed))
    const second = index.useModel({ ...foxModel(), space: 'other foxes' as SpaceId })
    unblock()
    await expect(first).rejects.toMatchObject({ code: 'aborted' })
    await second
    expect(await find(index, 'Reineke')).toEqual([fox.contextHash])
    await index.useModel(undefined)
    expect(await find(index, 'Reineke')).toEqual([])
    expect(await spacesOfQuestion(index)).toEqual([announcedSpace])
  })

  it('that can not embed a question leaves its vector out, and a question that is stopped says so', async () => {
    const { index } = await openFilled()
    const model = foxModel()
    await index.useModel({
      ...model,
      embed: (texts, role) =>
        role === 'query' ? Promise.reject(new Error('Busy')) : model.embed(texts, role),
    })
    expect(await spacesOfQuestion(index)).toEqual([announcedSpace])
    await expect(index.embedQuestion('foxes', AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('an index that loses what it holds', () => {
  it('is filled again from the store: words, what is shared, and vectors; a search meanwhile waits', async () => {
    const { passageIndex, lose } = createLosableIndex()
    const { contextStore, index } = open(createMemoryContextStore(), passageIndex)
    await contextStore.putContexts([fox, sky], [])
    await index.add([fox, sky])
    await index.useModel(foxModel())
    await index.markShared([fox.contextHash], true)
    await index.remove([sky.contextHash])
    lose()
    const hits = await index.search({ ...byWords, question: 'foxes', sharedOnly: true })
    expect(hits.map(({ contextHash }) => contextHash)).toEqual([fox.contextHash])
    expect(valueOf(index.toEmbed)).toBe(0)
    expect(await find(index, 'Reineke')).toEqual([fox.contextHash])
    expect(await index.search({ ...byWords, question: 'sky' })).toEqual([])
    expect([...(await index.vectorsOf([fox.contextHash])).keys()]).toEqual([fox.contextHash])
  })

  it('says when it is filled again, vectors and all', async () => {
    const { passageIndex, lose } = createLosableIndex()
    const { contextStore, index } = open(createMemoryContextStore(), passageIndex)
    await contextStore.putContexts([fox], [])
    await index.add([fox])
    lose()
    await index.whenFilled()
    expect((await index.vectorsOf([fox.contextHash])).size).toBe(1)
  })

  it('and can not be filled again says why at every search, and is filled by the first one that can', async () => {
    const { passageIndex, lose } = createLosableIndex()
    const memory = createMemoryContextStore()
    let isBroken = false
    const store: typeof memory = {
      ...memory,
      listContexts: () => (isBroken ? Promise.reject(new Error('No disk')) : memory.listContexts()),
    }
    const { index } = open(store, passageIndex)
    await memory.putContexts([fox], [])
    await index.add([fox])
    const search = () => index.search({ ...byWords, question: 'foxes' })
    isBroken = true
    lose()
    await expect(search()).rejects.toThrow('No disk')
    await expect(search()).rejects.toThrow('No disk')
    isBroken = false
    expect((await search()).map(({ contextHash }) => contextHash)).toEqual([fox.contextHash])
  })
})
