import { describe as describeGroup, expect, it } from 'vitest'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { hashText } from '../../../src/domain/content/context-hash.ts'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import type { Descriptor, SignedDescriptor } from '../../../src/domain/content/descriptor.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createCatalogue, type Catalogue } from '../../../src/peer/catalogue.ts'
import { ann, bob, START_MS, testIdentity } from '../../support/ledger.ts'
import { createLosableIndex } from '../../support/losable-index.ts'

const space = 'tests@1' as SpaceId
const query = { question: 'bees', vector: null, tags: [], limit: 8, minRelevance: 0 }

const embedding = { space, dimensions: 2 }
const me = testIdentity(9)
const limits = { total: 6, learnt: 2, perAuthor: 4, perContext: 2 }

function describe(author: Identity, title: string, part: Partial<Descriptor> = {}): SignedDescriptor {
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
    vector: null,
    ...part,
  })
}

const vectorOf = (values: readonly number[]) => ({ space, values: Int8Array.from(values), scale: 0.001 })

/** An empty catalogue with small limits; `reopen` starts another one over the same store and waits until it finds all. */
function open() {
  const contextStore = createMemoryContextStore()
  const create = (passageIndex = openNodePassageIndex()) =>
    createCatalogue({ identity: me, contextStore, passageIndex }, embedding, limits)
  const reopen = async () => {
    const passageIndex = openNodePassageIndex()
    const catalogue = create(passageIndex)
    await catalogue.start()
    // Writes are done in the order of the calls.
    await passageIndex.remove([])
    return catalogue
  }
  return { contextStore, catalogue: create(), reopen, create }
}

/** Titles of what is found: everything that is said about each context. */
async function titlesIn(catalogue: Catalogue, question = 'bees'): Promise<string[][]> {
  const found = await catalogue.search({ ...query, question }, 8)
  return found.map((said) => said.map(({ descriptor }) => descriptor.title))
}

it('a vector of the wrong length shuts out nothing else, now or at the next start', async () => {
  const { catalogue, reopen } = open()
  await catalogue.add([describe(bob, 'False bees', { vector: vectorOf([1]) })])
  await catalogue.add([describe(ann, 'True bees', { vector: vectorOf([1, 2]) })])
  expect(await titlesIn(catalogue)).toContainEqual(['True bees'])
  expect(await titlesIn(await reopen())).toContainEqual(['True bees'])
})

it('who describes a context first shuts out nobody else who does, now or at the next start', async () => {
  const { catalogue, reopen } = open()
  const contextHash = hashText('bees')
  expect(await catalogue.add([describe(bob, 'Nothing', { contextHash })])).toBe(true)
  const honest = describe(ann, 'True bees', { contextHash, createdAtMs: START_MS + 1 })
  expect(await catalogue.add([honest])).toBe(true)
  expect(await titlesIn(catalogue)).toEqual([['True bees', 'Nothing']])
  expect(await titlesIn(await reopen())).toEqual([['True bees', 'Nothing']])
})

it('the newest that an author says about a context counts, and what is known is nothing new', async () => {
  const { catalogue } = open()
  const newer = describe(ann, 'New bees', { contextHash: hashText('bees'), createdAtMs: START_MS + 1 })
  const older = describe(ann, 'Old bees', { contextHash: hashText('bees') })
  expect(await catalogue.add([older])).toBe(true)
  expect(await catalogue.add([newer])).toBe(true)
  expect(await catalogue.add([older, newer])).toBe(false)
  expect(await titlesIn(catalogue)).toEqual([['New bees']])
})

it('an author who says too much pushes out nobody but itself', async () => {
  const { catalogue, contextStore } = open()
  await catalogue.add([describe(ann, 'True bees'), describe(ann, 'More bees')])
  const flood = Array.from({ length: 20 }, (_, n) => describe(bob, `Spam ${n}`))
  await catalogue.add(flood.slice(0, 10))
  for (const spam of flood.slice(10)) await catalogue.add([spam])
  expect(await titlesIn(catalogue)).toHaveLength(2)
  const spam = (await titlesIn(catalogue, 'spam')).flat()
  expect(spam.sort()).toEqual(['Spam 16', 'Spam 17', 'Spam 18', 'Spam 19'])
  expect(await contextStore.listDescriptors(100)).toHaveLength(6)
  expect([ann, bob, me].map(({ account }) => catalogue.countOf(account))).toEqual([2, 4, 0])
})

it('of what too many authors say about a context the oldest gives way', async () => {
  const { catalogue } = open()
  const contextHash = hashText('bees')
  for (const n of [1, 2, 3]) {
    await catalogue.add([describe(testIdentity(n), `Bees ${n}`, { contextHash, createdAtMs: START_MS + n })])
  }
  expect(await titlesIn(catalogue)).toEqual([['Bees 3', 'Bees 2']])
})

it('when it is full it takes up what is new, and the oldest is gone from the store too', async () => {
  const { catalogue, contextStore, reopen } = open()
  for (let n = 1; n <= 8; n++) {
    expect(await catalogue.add([describe(testIdentity(n), `Bees ${n}`, { createdAtMs: START_MS + n })])).toBe(
      true,
    )
  }
  const kept = ['Bees 3', 'Bees 4', 'Bees 5', 'Bees 6', 'Bees 7', 'Bees 8']
  expect((await titlesIn(catalogue)).flat().sort()).toEqual(kept)
  expect((await titlesIn(await reopen())).flat().sort()).toEqual(kept)
  expect(await contextStore.listDescriptors(100)).toHaveLength(6)
})

it('what an earlier version stored beyond the limits is dropped at the start, the own descriptors never', async () => {
  const { contextStore, reopen } = open()
  const own = Array.from({ length: 10 }, (_, n) => describe(me, `Own bees ${n}`, { createdAtMs: 1 }))
  const flood = Array.from({ length: 10 }, (_, n) =>
    describe(bob, `Spam ${n}`, { createdAtMs: START_MS + n }),
  )
  await contextStore.putDescriptors([...own, ...flood])
  const catalogue = await reopen()
  expect(await titlesIn(catalogue)).toEqual([])
  expect((await titlesIn(catalogue, 'spam')).flat().sort()).toEqual(['Spam 6', 'Spam 7', 'Spam 8', 'Spam 9'])
  expect(await contextStore.listDescriptors(100)).toHaveLength(14)
  expect(await catalogue.add(own)).toBe(false)
})

it('what an index loses is found again', async () => {
  const { create } = open()
  const { passageIndex, lose } = createLosableIndex()
  const catalogue = create(passageIndex)
  await catalogue.add([describe(ann, 'True bees')])
  lose()
  expect(await titlesIn(catalogue)).toEqual([['True bees']])
})

it('tells what an author announced, the newest first, and what the author says of it', async () => {
  const { catalogue } = open()
  const [old, fresh] = [describe(ann, 'Old bees'), describe(ann, 'Fresh bees')]
  await catalogue.add([old, describe(bob, 'Fresh bees'), fresh])
  const contextHashes = [fresh, old].map(({ descriptor }) => descriptor.contextHash)
  expect(catalogue.contextsOf(ann.account)).toEqual(contextHashes)
  expect(catalogue.descriptorsOf({ author: ann.account, contextHashes })).toEqual([fresh, old])
  expect(catalogue.descriptorsOf({ author: bob.account, contextHashes })).toHaveLength(1)
  expect(catalogue.contextsOf(me.account)).toEqual([])
})

it('misses what is not described and has room: of its author, of its context', async () => {
  const { catalogue } = open()
  const hashes = [1, 2, 3, 4, 5].map((n) => hashText(`Bees ${n}`))
  const missing = (author: Identity) =>
    catalogue.missing({ author: author.account, contextHashes: hashes }).length
  expect([missing(me), missing(ann), missing(bob)]).toEqual([0, 4, 4])
  await catalogue.add([describe(ann, 'Bees 1'), describe(ann, 'Bees 2')])
  expect([missing(ann), missing(bob)]).toEqual([2, 4])
  // Two say something of the first and the second.
  await catalogue.add([describe(testIdentity(10), 'Bees 1'), describe(testIdentity(10), 'Bees 2')])
  expect([missing(ann), missing(bob)]).toEqual([2, 3])
})

describeGroup('what was only learnt of a neighbour', () => {
  const counts = (catalogue: Catalogue) => [ann, bob].map(({ account }) => catalogue.countOf(account))

  it('is found, and forgotten at the end', async () => {
    const { catalogue, reopen } = open()
    await catalogue.learn([describe(ann, 'True bees')])
    expect(await titlesIn(catalogue)).toEqual([['True bees']])
    expect(await titlesIn(await reopen())).toEqual([])
  })

  it('gives way to what is heard, the oldest first, and takes the room of nothing that was', async () => {
    const { catalogue } = open()
    await catalogue.add(['Bees 1', 'Bees 2', 'Bees 3', 'Bees 4'].map((title) => describe(bob, title)))
    await catalogue.learn(['Bees 5', 'Bees 6', 'Bees 7'].map((title) => describe(ann, title)))
    expect(counts(catalogue)).toEqual([2, 4])
    await catalogue.add([describe(testIdentity(10), 'Bees 8')])
    expect(catalogue.contextsOf(ann.account)).toEqual([hashText('Bees 7')])
    expect(counts(catalogue)).toEqual([1, 4])
  })

  it('is new and kept when it is heard', async () => {
    const { catalogue, reopen } = open()
    const bees = describe(ann, 'True bees')
    await catalogue.learn([bees])
    expect(await catalogue.add([bees])).toBe(true)
    expect(await catalogue.add([bees])).toBe(false)
    await catalogue.learn(['Bees 5', 'Bees 6', 'Bees 7'].map((title) => describe(bob, title)))
    expect(counts(catalogue)).toEqual([1, 2])
    expect(await titlesIn(await reopen())).toEqual([['True bees']])
  })
})
