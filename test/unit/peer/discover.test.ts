import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openNodePassageIndex } from '../../../src/adapters/passage-index/node-passage-index.ts'
import { createMemoryContextStore } from '../../../src/adapters/storage-memory/memory-context-store.ts'
import { createNodeRandomness } from '../../../src/adapters/system-node/node-randomness.ts'
import { hashText, type ContextHash } from '../../../src/domain/content/context-hash.ts'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import type { SignedDescriptor } from '../../../src/domain/content/descriptor.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { questionTerms } from '../../../src/domain/retrieval/term-counts.ts'
import { STATIC_SPACE } from '../../../src/domain/retrieval/static-space.ts'
import { createCatalogue } from '../../../src/peer/catalogue.ts'
import { createDiscoverer, type Discoverer } from '../../../src/peer/discover.ts'
import { createProviderStandings } from '../../../src/peer/provider-standings.ts'
import type { Query } from '../../../src/peer/query.ts'
import { startingNetwork } from '../../../src/peer/starting-network.ts'
import type { PassageIndex } from '../../../src/ports/passage-index.ts'
import { START_MS, testIdentity } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { linkTo } from '../../support/network-links.ts'
import { promptVerifier } from '../../support/prompt-crypto.ts'

const self = testIdentity(1)
const peers = Array.from({ length: 50 }, (_, at) => testIdentity(at + 10))
const fitting = peers[37] ?? self
const query: Query = {
  question: 'Where does the waggle dance point?',
  vector: null,
  tags: [],
  limit: 8,
  minRelevance: 0.35,
}

let passageIndex: PassageIndex
/** Peers that were asked, in order. */
let asked: PeerId[]
/** Contexts whose providers were looked up. */
let lookedUp: ContextHash[]
let trackerAnswers: boolean
/** What the fitting peer answers with. */
let answer: readonly SignedDescriptor[]
/** Signatures that were verified. */
let verified: number

/** What a peer announced under this title. */
function announced(by: typeof self, title: string): SignedDescriptor {
  const text = `${title}. ${by.peerId}`
  return signDescriptor(by, {
    contextHash: hashText(text),
    sizeBytes: text.length,
    title,
    headingPath: [],
    description: title,
    tags: [],
    references: [],
    documentHash: hashText(title),
    documentTitle: title,
    documentBytes: text.length,
    author: by.account,
    createdAtMs: START_MS,
    vector: null,
  })
}

/** Linked with some peers, one of which may not have delivered lately. */
async function openDiscoverer(linked: readonly PeerId[] = [], failing?: PeerId): Promise<Discoverer> {
  const descriptors = peers.map((peer, at) =>
    announced(peer, peer === fitting ? 'The waggle dance' : `Bread number ${at}`),
  )
  const catalogue = createCatalogue(
    { identity: self, contextStore: createMemoryContextStore(), passageIndex },
    { space: STATIC_SPACE, dimensions: 384 },
  )
  await catalogue.add(descriptors)
  const record = { addresses: [], reputation: 0.5, uptimePercent: 100, latencyMs: Number.NaN }
  const links = linked.map((peerId) => linkTo(peerId, { rttMs: 5 }))
  const state = { ...startingNetwork, phase: 'connected' as const, links }
  const standings = createProviderStandings({ links: () => links, clock: createManualClock() })
  if (failing !== undefined) standings.noteDelivery(failing, false)
  const silent = () => Promise.reject(new LoremeshError('timeout', 'No answer'))
  return createDiscoverer(
    {
      self: self.peerId,
      network: {
        connect: () => Promise.resolve(links[0] ?? linkTo(fitting.peerId)),
        search(peerId) {
          asked.push(peerId)
          const hits = peerId === fitting.peerId ? answer : []
          const termCounts = questionTerms(query.question).map(() => 1)
          return Promise.resolve(hits.map((descriptor) => ({ descriptor, snippet: '', termCounts })))
        },
      },
      networkState: () => state,
      routing: {
        findProviders(contextHash) {
          lookedUp.push(contextHash)
          if (!trackerAnswers) return silent()
          const found = descriptors.findIndex(({ descriptor }) => descriptor.contextHash === contextHash)
          return Promise.resolve(peers.slice(found, found + 1).map(({ peerId }) => ({ ...record, peerId })))
        },
        listPeers: () =>
          trackerAnswers
            ? Promise.resolve(peers.slice(0, 32).map(({ peerId }) => ({ ...record, peerId })))
            : silent(),
      },
      catalogue,
      standings,
      signatureVerifier: {
        verify(messages) {
          verified += messages.length
          return promptVerifier.verify(messages)
        },
      },
      clock: createManualClock(),
      randomness: createNodeRandomness(),
    },
    { space: STATIC_SPACE, isHeld: () => false },
  )
}

describe('whom a question is sent to', () => {
  beforeEach(() => {
    passageIndex = openNodePassageIndex()
    asked = []
    lookedUp = []
    answer = []
    verified = 0
    trackerAnswers = true
  })

  afterEach(() => passageIndex.close())

  it('is the peer whose announced contexts fit, first of all, among fifty', async () => {
    const { candidates } = await (await openDiscoverer()).discover(query, { limit: 8 })
    expect(asked[0]).toBe(fitting.peerId)
    expect(candidates.map(({ descriptor }) => descriptor.descriptor.title)).toEqual(['The waggle dance'])
  })

  it('is a few others too, and never more than sixteen, each once', async () => {
    await (await openDiscoverer()).discover(query, { limit: 8 })
    expect(asked).toHaveLength(16)
    expect(new Set(asked).size).toBe(16)
  })

  it('differs from time to time beside those that fit', async () => {
    const discoverer = await openDiscoverer()
    for (let time = 0; time < 8; time++) await discoverer.discover(query, { limit: 8 })
    expect(new Set(asked).size).toBeGreaterThan(16)
    expect(asked.filter((peerId) => peerId === fitting.peerId)).toHaveLength(8)
  })

  it('is the linked peer that announced what fits while no tracker answers', async () => {
    trackerAnswers = false
    const linked = [peers[3], fitting].map((peer) => (peer ?? self).peerId)
    const { troubles } = await (await openDiscoverer(linked)).discover(query, { limit: 8 })
    expect([...asked].sort()).toEqual([...linked].sort())
    expect(asked[0]).toBe(fitting.peerId)
    expect(troubles).toEqual([])
  })

  it('is not looked up where whoever announced it is linked and offers it', async () => {
    answer = [announced(fitting, 'The waggle dance')]
    await (await openDiscoverer([fitting.peerId])).discover(query, { limit: 8 })
    expect(lookedUp).toEqual([])
    expect(asked[0]).toBe(fitting.peerId)
  })

  it('is looked up where whoever announced it does not offer it any more, or lately did not deliver', async () => {
    const fits = announced(fitting, 'The waggle dance').descriptor.contextHash
    await (await openDiscoverer([fitting.peerId])).discover(query, { limit: 8 })
    expect(lookedUp).toEqual([fits])
    answer = [announced(fitting, 'The waggle dance')]
    await (await openDiscoverer([fitting.peerId], fitting.peerId)).discover(query, { limit: 8 })
    expect(lookedUp).toEqual([fits, fits])
  })

  it('is a linked peer that lately did not deliver when nobody else is found', async () => {
    trackerAnswers = false
    await (await openDiscoverer([fitting.peerId], fitting.peerId)).discover(query, { limit: 8 })
    expect(asked).toEqual([fitting.peerId])
  })
})

describe('what a peer offers', () => {
  beforeEach(() => {
    passageIndex = openNodePassageIndex()
    asked = []
    lookedUp = []
    trackerAnswers = true
    verified = 0
  })

  afterEach(() => passageIndex.close())

  it('is verified unless it is the very descriptor that was verified when it was announced', async () => {
    answer = [announced(fitting, 'The waggle dance'), announced(fitting, 'The round dance')]
    const { candidates, troubles } = await (await openDiscoverer()).discover(query, { limit: 8 })
    expect(candidates).toHaveLength(2)
    expect(troubles).toEqual([])
    expect(verified).toBe(1)
  })

  it('is refused as a whole when something in it is in the name of another', async () => {
    const known = announced(fitting, 'The waggle dance')
    const forged = {
      ...known,
      wire: known.wire.map((byte, at) => (at === known.wire.length - 1 ? byte ^ 1 : byte)),
    }
    answer = [known, forged]
    const { troubles } = await (await openDiscoverer()).discover(query, { limit: 8 })
    expect(troubles).toMatchObject([{ provider: fitting.peerId, code: 'bad-signature' }])
  })
})
