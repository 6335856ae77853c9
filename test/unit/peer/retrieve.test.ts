import { expect, it } from 'vitest'
import { createSeededRandom } from '../../../sim/seeded-random.ts'
import { drawProviders } from '../../../src/domain/economy/provider-choice.ts'
import type { PeerId } from '../../../src/domain/identity/account.ts'
import { LoremeshError, type ErrorCode } from '../../../src/domain/kernel/errors.ts'
import { toMicroTokens, ZERO_TOKENS } from '../../../src/domain/kernel/micro-tokens.ts'
import type { Candidate } from '../../../src/peer/discover.ts'
import { createProviderStandings } from '../../../src/peer/provider-standings.ts'
import type { Buyer } from '../../../src/peer/purchase.ts'
import { createRetriever } from '../../../src/peer/retrieve.ts'
import { randomFraction } from '../../../src/peer/random-fraction.ts'
import { genesis, testIdentity } from '../../support/ledger.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { testDescriptor, testHash } from '../../support/test-contexts.ts'

const honest = testIdentity(1)
const sybils = Array.from({ length: 50 }, (_, n) => testIdentity(100 + n).peerId)
const limit = { question: 'why', maxTokenCost: toMicroTokens(1_000_000_000n) }

/** Retrieval of contexts that only one of those delivers who are recorded to have them; the others fail in this way. */
function open(code: ErrorCode) {
  const clock = createManualClock()
  const randomness = createSeededRandom(7)
  const standings = createProviderStandings({ links: () => [], clock })
  const asked: PeerId[] = []
  const buy: Buyer['buy'] = ({ provider, wanted }) => {
    asked.push(provider)
    if (provider !== honest.peerId) return Promise.reject(new LoremeshError(code, 'It is not here'))
    return Promise.resolve({
      texts: new Map([...wanted.keys()].map((contextHash) => [contextHash, 'text'])),
      prices: new Map(),
      failure: undefined,
      transport: 'webrtc',
      payMs: 0,
      fetchMs: 0,
    })
  }
  const retriever = createRetriever({
    buyer: { buy, meetAgain: () => Promise.resolve() },
    cache: { keep: () => Promise.resolve({ indexed: Promise.resolve() }) },
    clock,
    view: { parameters: () => genesis },
    standings,
  })

  /** The context as it is found: everybody offers it, in the order in which they are drawn. */
  function candidate(n: number): Candidate {
    const descriptor = testDescriptor(honest, n)
    const offers = [...sybils, honest.peerId].map((peerId) => {
      const provider = { peerId, addresses: [] }
      return [{ provider, descriptor, snippet: '', termCounts: null }, standings.of(peerId)] as const
    })
    return {
      descriptor,
      snippet: '',
      termCounts: null,
      offers: drawProviders(offers, () => randomFraction(randomness)),
    }
  }

  /** How many were asked until the context was there. */
  async function retrieve(n: number): Promise<number> {
    asked.length = 0
    const { retrieved } = await retriever.retrieve([candidate(n)], limit)
    expect(retrieved.get(testHash(n))).toMatchObject({ provider: honest.peerId, paid: ZERO_TOKENS })
    return asked.length
  }
  return { retrieve }
}

it('finds the one who has a context among fifty that are only recorded to have it, and soon at once', async () => {
  const { retrieve } = open('not-found')
  const tries: number[] = []
  for (let n = 1; n <= 20; n++) tries.push(await retrieve(n))
  // Whoever fails is asked again only when nobody else is left.
  expect(tries.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(sybils.length + tries.length)
  expect(tries.slice(-5)).toEqual([1, 1, 1, 1, 1])
})

it('holds against a provider only what is its own fault', async () => {
  const { retrieve } = open('insufficient-balance')
  const tries: number[] = []
  for (let n = 1; n <= 20; n++) tries.push(await retrieve(n))
  expect(tries.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(sybils.length + tries.length)
})
