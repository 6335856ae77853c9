import { beforeEach, describe, expect, it } from 'vitest'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createNodeRandomness } from '../../../src/adapters/system-node/node-randomness.ts'
import { createWebCryptoSignatureVerifier } from '../../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import type { AnnouncedContexts } from '../../../src/domain/content/announced-contexts.ts'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import type { SignedDescriptor } from '../../../src/domain/content/descriptor.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import type { SpaceId } from '../../../src/domain/retrieval/embedding.ts'
import { createAnnouncements, type Announcements } from '../../../src/peer/announcements.ts'
import { createCatalogue, type Catalogue } from '../../../src/peer/catalogue.ts'
import { startingNetwork } from '../../../src/peer/starting-network.ts'
import type { ContextStore } from '../../../src/ports/context-store.ts'
import type { Network, NetworkState } from '../../../src/ports/network.ts'
import { START_MS, testIdentity } from '../../support/ledger.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { linkTo } from '../../support/network-links.ts'
import { testDescriptor } from '../../support/test-contexts.ts'

const [me, anna, ben, carl] = [1, 2, 3, 4].map(testIdentity) as [Identity, Identity, Identity, Identity]
const TWO_MINUTES_MS = 120_000

let clock: ManualClock
/** Calls from one peer to another one, in order. */
let calls: string[]
let peers: Map<PeerId, Person>

interface Person {
  readonly announcements: Announcements
  readonly catalogue: Catalogue
  readonly contextStore: ContextStore
  readonly state: NetworkState
  readonly delayMs: number
  readonly getDescriptors: ((wanted: AnnouncedContexts) => readonly SignedDescriptor[]) | undefined
}

beforeEach(() => {
  clock = createManualClock(START_MS)
  calls = []
  peers = new Map()
})

/** A peer that offers descriptors of its own, is linked with these others, and asks them by calls. */
function addPerson(
  identity: Identity,
  {
    offers = [],
    linked = [],
    limits,
    getDescriptors,
    delayMs = 0,
  }: {
    readonly offers?: readonly SignedDescriptor[]
    readonly linked?: readonly Identity[]
    readonly limits?: Parameters<typeof createCatalogue>[2]
    /** Until it answers a request for descriptors. */
    readonly delayMs?: number
    /** In the place of an honest answer. */
    readonly getDescriptors?: (wanted: AnnouncedContexts) => readonly SignedDescriptor[]
  } = {},
): Person {
  const contextStore = createMemoryContextStore()
  const catalogue = createCatalogue(
    { identity, contextStore, passageIndex: openNodePassageIndex() },
    { space: 'tests@1' as SpaceId, dimensions: 2 },
    limits,
  )
  const state = { ...startingNetwork, links: linked.map(({ peerId }) => linkTo(peerId)) }
  const network: Pick<Network, 'listAnnounced' | 'getDescriptors'> = {
    listAnnounced: async (peerId) => {
      calls.push('list')
      const person = peers.get(peerId)
      if (person === undefined) throw new LoremeshError('not-connected', 'Gone')
      return person.announcements.onAnnounced(identity.peerId)
    },
    getDescriptors: async (peerId, wanted, signal) => {
      calls.push(`get ${wanted.contextHashes.length}`)
      const person = peers.get(peerId)
      if (person === undefined) throw new LoremeshError('not-connected', 'Gone')
      if (person.delayMs > 0) await clock.sleep(person.delayMs, signal)
      return person.getDescriptors?.(wanted) ?? person.announcements.onDescriptors(wanted)
    },
  }
  const offered = offers.map(({ descriptor }) => descriptor)
  const announcements = createAnnouncements(
    {
      identity,
      network,
      networkState: () => state,
      contextStore,
      catalogue,
      signatureVerifier: createWebCryptoSignatureVerifier(),
      clock,
      randomness: createNodeRandomness(),
    },
    { offeredContexts: () => Promise.resolve(offered) },
  )
  const person = { announcements, catalogue, contextStore, state, delayMs, getDescriptors }
  peers.set(identity.peerId, person)
  return person
}

/** The same with its own descriptors in its store. */
async function addSharing(
  identity: Identity,
  numbers: readonly number[],
  options: Omit<NonNullable<Parameters<typeof addPerson>[1]>, 'offers'> = {},
): Promise<Person> {
  const offers = numbers.map((n) => testDescriptor(identity, n))
  const person = addPerson(identity, { ...options, offers })
  await person.contextStore.putDescriptors(offers)
  return person
}

const known = (person: Person, author: Identity): number => person.catalogue.countOf(author.account)
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

describe('a peer that comes late', () => {
  it('learns what its neighbour offers, and what those announced that the neighbour is linked with', async () => {
    const neighbour = await addSharing(anna, [1, 2], { linked: [me, ben] })
    await neighbour.catalogue.add([testDescriptor(ben, 3), testDescriptor(carl, 4)])
    const newcomer = addPerson(me)
    newcomer.announcements.learnFrom(anna.peerId)
    await expect.poll(() => known(newcomer, ben)).toBe(1)
    expect(known(newcomer, anna)).toBe(2)
    // Carl may be long gone.
    expect(known(newcomer, carl)).toBe(0)
  })

  it('learns of a large library in parts, and of what it knows nothing again', async () => {
    await addSharing(anna, range(150))
    await addSharing(ben, [200])
    const newcomer = addPerson(me)
    newcomer.announcements.learnFrom(anna.peerId)
    newcomer.announcements.learnFrom(ben.peerId)
    await expect.poll(() => known(newcomer, ben)).toBe(1)
    expect(known(newcomer, anna)).toBe(150)
    expect(calls).toEqual(['list', 'get 64', 'get 64', 'get 22', 'list', 'get 1'])
    await addSharing(carl, [300])
    newcomer.announcements.learnFrom(anna.peerId)
    newcomer.announcements.learnFrom(carl.peerId)
    await expect.poll(() => known(newcomer, carl)).toBe(1)
    expect(calls.slice(6)).toEqual(['list', 'list', 'get 1'])
  })

  it('hears nothing of itself, nor what a peer does not offer', async () => {
    const neighbour = await addSharing(anna, [1], { linked: [me] })
    await neighbour.catalogue.add([testDescriptor(me, 2)])
    expect(await neighbour.announcements.onAnnounced(me.peerId)).toEqual([
      { author: anna.account, contextHashes: [testDescriptor(anna, 1).descriptor.contextHash] },
    ])
    await neighbour.contextStore.putDescriptors([testDescriptor(anna, 9)])
    const wanted = { author: anna.account, contextHashes: [testDescriptor(anna, 9).descriptor.contextHash] }
    expect(await neighbour.announcements.onDescriptors(wanted)).toEqual([])
  })

  it('goes on with the next neighbour when one is gone', async () => {
    await addSharing(ben, [1])
    const newcomer = addPerson(me)
    newcomer.announcements.learnFrom(anna.peerId)
    newcomer.announcements.learnFrom(ben.peerId)
    await expect.poll(() => known(newcomer, ben)).toBe(1)
  })

  it('asks no server', async () => {
    const newcomer = addPerson(me)
    Object.assign(newcomer.state, { links: [linkTo(anna.peerId, { isServer: true })] })
    await addSharing(anna, [1])
    newcomer.announcements.learnFrom(anna.peerId)
    await clock.advance(TWO_MINUTES_MS)
    expect(calls).toEqual([])
  })
})

describe('a neighbour that lies', () => {
  const lies: readonly (readonly [string, (wanted: AnnouncedContexts) => readonly SignedDescriptor[]])[] = [
    ['in the name of another', ({ contextHashes }) => [forged(contextHashes)]],
    ['of another author than was asked', () => [testDescriptor(carl, 1)]],
    ['of another context than was asked', () => [testDescriptor(anna, 99)]],
    ['with nothing', () => []],
  ]
  /** What Ben signed, as if Anna had. */
  function forged([contextHash]: readonly ContextHash[]): SignedDescriptor {
    const { descriptor, wire } = testDescriptor(ben, 1)
    if (contextHash === undefined) throw new Error('Nothing was asked for')
    return { descriptor: { ...descriptor, contextHash, author: anna.account }, wire }
  }

  it.each(lies)('%s is not listened to further', async (_, getDescriptors) => {
    await addSharing(anna, range(100), { getDescriptors })
    await addSharing(ben, [1])
    const newcomer = addPerson(me)
    newcomer.announcements.learnFrom(anna.peerId)
    newcomer.announcements.learnFrom(ben.peerId)
    await expect.poll(() => known(newcomer, ben)).toBe(1)
    expect([known(newcomer, anna), known(newcomer, carl)]).toEqual([0, 0])
    expect(calls).toEqual(['list', 'get 64', 'list', 'get 1'])
  })

  it('displaces nothing that was heard, however much it lists', async () => {
    const limits = { total: 10, learnt: 5, perAuthor: 200, perContext: 4 }
    await addSharing(anna, range(100))
    const newcomer = addPerson(me, { limits })
    await newcomer.catalogue.add(range(7).map((n) => testDescriptor(ben, n)))
    newcomer.announcements.learnFrom(anna.peerId)
    await expect.poll(() => calls).toEqual(['list', 'get 64', 'get 36'])
    await expect.poll(() => known(newcomer, anna)).toBe(3)
    expect(known(newcomer, ben)).toBe(7)
    await newcomer.catalogue.add(range(10).map((n) => testDescriptor(ben, n)))
    expect([known(newcomer, anna), known(newcomer, ben)]).toEqual([0, 10])
  })

  it('or answers drop by drop is left for the next one after twenty seconds', async () => {
    const drops = range(100).map((n) => testDescriptor(anna, n))
    await addSharing(anna, range(100), { getDescriptors: () => [...drops.splice(0, 1)], delayMs: 4_900 })
    await addSharing(ben, [200])
    const newcomer = addPerson(me)
    newcomer.announcements.learnFrom(anna.peerId)
    newcomer.announcements.learnFrom(ben.peerId)
    await clock.advance(15_000)
    expect(known(newcomer, ben)).toBe(0)
    await clock.advance(10_000)
    await expect.poll(() => known(newcomer, ben)).toBe(1)
  })
})

it('what a link that is no newcomer lacks is learnt within rounds of two minutes', async () => {
  await addSharing(anna, [1])
  const person = addPerson(me, { linked: [anna] })
  await clock.advance(TWO_MINUTES_MS)
  await expect.poll(() => known(person, anna)).toBe(1)
  person.announcements.stop()
  person.announcements.learnFrom(anna.peerId)
  await clock.advance(TWO_MINUTES_MS)
  expect(calls).toEqual(['list', 'get 1'])
})

it('a list has room for all neighbours beside a large library, and for the small ones first', async () => {
  const neighbour = await addSharing(anna, range(1_500), { linked: [ben, carl, me] })
  await neighbour.catalogue.add(range(1_100).map((n) => testDescriptor(ben, n)))
  await neighbour.catalogue.add([testDescriptor(carl, 1)])
  const listed = await neighbour.announcements.onAnnounced(me.peerId)
  expect(listed.map(({ author, contextHashes }) => [author, contextHashes.length])).toEqual([
    [anna.account, 1_024],
    [carl.account, 1],
    [ben.account, 1_023],
  ])
})
