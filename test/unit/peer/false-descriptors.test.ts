import { afterEach, beforeEach, expect, it } from 'vitest'
import { signDescriptor } from '../../../src/domain/content/descriptor-codec.ts'
import type { Descriptor, SignedDescriptor } from '../../../src/domain/content/descriptor.ts'
import type { Identity } from '../../../src/domain/identity/identity.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { countTerms, questionTerms } from '../../../src/domain/retrieval/term-counts.ts'
import type { NetworkHandlers } from '../../../src/ports/network.ts'
import type { Intercept } from '../../support/hub-network.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'

const question = 'How do bees tell where food is?'
const article = '# Bees\n\nHoney bees tell each other where food is with a waggle dance.\n'

let hub: PeerHub
let seller: HubPeer
let buyer: HubPeer
/** What the seller says about the only context that it shares. */
let honest: Descriptor
let sellersHandlers: NetworkHandlers

beforeEach(async () => {
  hub = await openPeerHub()
  seller = await hub.addPeer({
    intercept: (handlers) => {
      sellersHandlers = handlers
      return {}
    },
  })
  buyer = await hub.addPeer()
  await share(seller, article)
  const [hit] = await seller.peer.server.search({ question, tags: [], vector: null, limit: 1 })
  if (hit === undefined) throw new Error('The seller shares nothing')
  honest = hit.descriptor.descriptor
})
afterEach(() => hub.close())

async function share({ peer }: HubPeer, text: string): Promise<void> {
  const [added] = await peer.library.add([{ path: `${text.length}.md`, bytes: textToBytes(text) }])
  if (added?.documentHash === undefined) throw new Error(added?.reason ?? 'not added')
  await peer.library.setVisibility(added.documentHash, 'shared')
  await peer.announce()
}

/** Another account's own, well-signed description of the seller's context. */
function describeFalsely(liar: Identity, part: Partial<Descriptor>): SignedDescriptor {
  const createdAtMs = hub.clock.nowMs() + 60_000
  return signDescriptor(liar, { ...honest, author: liar.account, createdAtMs, ...part })
}

/** A provider of the article and of one about ants that gives the article a false size. */
async function addMisdescriber(): Promise<HubPeer> {
  const intercept: Intercept = (handlers, identity) => ({
    async onSearch(request, from) {
      const hits = await handlers.onSearch(request, from)
      return hits.map((hit) =>
        hit.descriptor.descriptor.contextHash === honest.contextHash
          ? { ...hit, descriptor: describeFalsely(identity, { sizeBytes: 1 }) }
          : hit,
      )
    },
  })
  const provider = await hub.addPeer({ intercept })
  await share(provider, article)
  await share(provider, '# Ants\n\nAnts tell each other where food is with scent trails.\n')
  return provider
}

/** A provider that has nothing, but answers every search with a false description of the seller's context. */
async function addLiar(part: Partial<Descriptor>): Promise<void> {
  const intercept: Intercept = (_handlers, identity) => ({
    onSearch: () =>
      Promise.resolve([
        {
          descriptor: describeFalsely(identity, part),
          snippet: article.slice(8),
          termCounts: countTerms(questionTerms(question), article),
        },
      ]),
  })
  await share(await hub.addPeer({ intercept }), '# Nothing\n\nNothing of interest.\n')
}

const ask = () =>
  buyer.peer.ask(question, { scope: 'network', maxTokenCost: parseTokens('20'), minRelevance: 0 })

it('a provider describes what it shares itself, whatever others say about it', async () => {
  const liar = await hub.addPeer()
  const gossip = {
    type: 'descriptors',
    descriptors: [describeFalsely(liar.identity, { sizeBytes: 1 })],
  } as const
  expect(await sellersHandlers.onGossip(gossip, liar.identity.peerId, 'contexts')).toBe('accept')
  const { results, troubles } = await ask()
  expect(troubles).toEqual([])
  expect(results[0]).toMatchObject({ provider: seller.identity.peerId, title: honest.title })
})

it.each([1, 65_536])(
  'a context is bought from who has it, though another says it has %i bytes',
  async (sizeBytes) => {
    await addLiar({ sizeBytes, title: 'Honey bees tell where food is' })
    for (let attempt = 0; attempt < 4; attempt++) {
      const { results } = await ask()
      if (results[0]?.provider !== 'self') expect(results[0]?.provider).toBe(seller.identity.peerId)
      expect(results).toMatchObject([{ title: honest.title, author: seller.identity.peerId }])
    }
  },
)

it('a context of a false size is left out, and the others of its provider are bought', async () => {
  await seller.peer.close()
  const { identity } = await addMisdescriber()
  const { results, troubles } = await ask()
  expect(results).toMatchObject([{ provider: identity.peerId, documentTitle: 'Ants' }])
  expect(troubles).toMatchObject([{ provider: identity.peerId, code: 'not-found' }])
  expect(await hub.totals()).toMatchObject({ conserved: true })
})

it('a context of a false size is bought from another who describes it as it is', async () => {
  await addMisdescriber()
  const { results, troubles } = await ask()
  expect(results.map(({ documentTitle }) => documentTitle).sort()).toEqual(['Ants', 'Bees'])
  expect(results.find(({ documentTitle }) => documentTitle === 'Bees')?.provider).toBe(seller.identity.peerId)
  expect(troubles).toEqual([])
})
