import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { textToBytes } from '../../../src/domain/kernel/bytes.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { NetworkHandlers, SearchHit } from '../../../src/ports/network.ts'
import type { Answer } from '../../../src/peer/peer.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'

const question = 'Where does the waggle dance of bees point?'

let hub: PeerHub
let buyer: HubPeer
/** How those that share something answer when they are honest. */
const handlersOf = new Map<PeerId, NetworkHandlers>()

beforeEach(async () => {
  hub = await openPeerHub()
  buyer = await hub.addPeer()
})
afterEach(() => hub.close())

/** A peer that shares these documents and says of what it finds what `claim` makes of it. */
async function addSharing(
  texts: readonly string[],
  claim: (hit: SearchHit) => SearchHit = (hit) => hit,
): Promise<HubPeer> {
  const sharer = await hub.addPeer({
    intercept(handlers, { peerId }) {
      handlersOf.set(peerId, handlers)
      return { onSearch: async (...search) => (await handlers.onSearch(...search)).map(claim) }
    },
  })
  await share(sharer, texts)
  return sharer
}

async function share({ peer }: HubPeer, texts: readonly string[]): Promise<void> {
  const files = texts.map((text, n) => ({ path: `${n}.md`, bytes: textToBytes(text) }))
  for (const { documentHash } of await peer.library.add(files)) {
    if (documentHash !== undefined) await peer.library.setVisibility(documentHash, 'shared')
  }
  await peer.announce()
}

/** A peer that has nothing of what `other` shares, but offers it, too, and says of it what `claim` makes of it. */
async function addRepeating(other: HubPeer, claim: (hit: SearchHit) => SearchHit): Promise<HubPeer> {
  const found = handlersOf.get(other.identity.peerId)
  const repeater = await hub.addPeer({
    intercept: () => ({
      onSearch: async (...search) => ((await found?.onSearch(...search)) ?? []).map(claim),
    }),
  })
  await share(repeater, ['# Nothing\n\nNothing of interest.'])
  return repeater
}

const ask = (text = question): Promise<Answer> =>
  buyer.peer.ask(text, { scope: 'network', maxTokenCost: parseTokens('20'), limit: 1 })

const exaggerate = (hit: SearchHit): SearchHit => ({ ...hit, termCounts: hit.termCounts.map(() => 50) })

const falseClaim = 'The peer said something false about what its passages say'

describe('a provider that exaggerates how often its texts have the words of a question', () => {
  it('sells once, is named for it, and sells nothing more', async () => {
    const liar = await addSharing(
      ['# Bread\n\nFlour and water point to bread.', '# Soup\n\nSoup is for bees too.'],
      exaggerate,
    )
    const first = await ask()
    expect(first.results).toMatchObject([{ provider: liar.identity.peerId }])
    expect(first.troubles).toMatchObject([{ provider: liar.identity.peerId, code: 'bad-content' }])
    const second = await ask('Which soup do bees like?')
    expect(second.results.filter(({ provider }) => provider === liar.identity.peerId)).toEqual([])
  })

  it('is named also where somebody else sells', async () => {
    const honest = await addSharing(['# Bees\n\nThe waggle dance of bees points to food.'])
    const liar = await addRepeating(honest, exaggerate)
    const { results, troubles } = await ask()
    expect(results).toMatchObject([{ provider: honest.identity.peerId }])
    expect(troubles).toContainEqual(
      expect.objectContaining({ provider: liar.identity.peerId, message: falseClaim }),
    )
    expect(troubles.map(({ provider }) => provider)).not.toContain(honest.identity.peerId)
  })

  it('is outranked by an honest one from then on', async () => {
    const liar = await addSharing(['# Bread\n\nFlour and water point to bread.'], exaggerate)
    await ask()
    const honest = await addSharing(['# Bees\n\nThe waggle dance of bees points to food.'])
    const { results, troubles } = await ask('Does the waggle dance of bees point to food?')
    expect(results).toMatchObject([{ provider: honest.identity.peerId }])
    expect(troubles.map(({ provider }) => provider)).not.toContain(liar.identity.peerId)
  })
})

describe('a provider that says of its texts what others say', () => {
  it('sells once, is named for it, and sells nothing more', async () => {
    const borrowed = 'The waggle dance of bees points to food'
    const liar = await addSharing(
      ['# Bees\n\nBees point at the waggle dance for nothing.', '# Soup\n\nSoup is for bees too.'],
      (hit) => ({ ...hit, snippet: borrowed }),
    )
    const first = await ask()
    expect(first.results).toMatchObject([{ provider: liar.identity.peerId }])
    expect(first.troubles).toMatchObject([{ provider: liar.identity.peerId, message: falseClaim }])
    const second = await ask('Which soup do bees like?')
    expect(second.results.filter(({ provider }) => provider === liar.identity.peerId)).toEqual([])
  })
})

it('what is counted truthfully is no reason for distrust', async () => {
  const honest = await addSharing(['# Bees\n\nThe waggle dance of bees points to food; bees dance.'])
  const { results, troubles } = await ask()
  expect(results).toMatchObject([{ provider: honest.identity.peerId }])
  expect(troubles).toEqual([])
})

it('an answer that counts other words than those of the question is refused', async () => {
  const odd = await addSharing(['# Bees\n\nThe waggle dance of bees points to food.'], (hit) => ({
    ...hit,
    termCounts: [1],
  }))
  const { troubles } = await ask()
  expect(troubles).toMatchObject([{ provider: odd.identity.peerId, code: 'bad-input' }])
})
