import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ContextHash } from '../../../src/domain/content/context-hash.ts'
import { parseTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { createDice } from '../../support/virtual-time.ts'
import { part, priceOf, share, texts, walletOf, type Wanted } from './trade-fixture.ts'
import { buyRest, expectInOrder, finish } from './trade-roles.ts'

const PEERS = 3
const AUTHORITIES = 4
const LINE = parseTokens('1')

/** What happens next. */
type Step =
  | {
      readonly type: 'buy'
      readonly buyer: number
      readonly from: number
      readonly first: number
      readonly count: number
    }
  | { readonly type: 'claim' | 'crash'; readonly peer: number }
  | { readonly type: 'lose'; readonly seed: number; readonly rate: number }
  | { readonly type: 'cut'; readonly authorities: readonly number[] }
  | { readonly type: 'wait'; readonly ms: number }

const peer = fc.nat({ max: PEERS - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('buy' as const),
      buyer: peer,
      from: fc.integer({ min: 1, max: PEERS - 1 }),
      first: fc.nat({ max: 5 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('claim' as const, 'crash' as const), peer }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('lose' as const),
      seed: fc.nat(),
      rate: fc.constantFrom(0, 0.1, 0.4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('cut' as const),
      authorities: fc.uniqueArray(fc.nat({ max: AUTHORITIES - 1 }), { maxLength: AUTHORITIES }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12_000 }) }),
  },
)

/** Loses so many of the calls between peers, or their answers. */
function lose(hub: PeerHub, seed: number, rate: number): void {
  const dice = createDice(seed)
  hub.fate = () => (dice.chance(rate) ? dice.pick(['is-lost', 'answer-is-lost'] as const) : 'passes')
}

async function run(hub: PeerHub, steps: readonly Step[]): Promise<void> {
  const peers: HubPeer[] = []
  for (let n = 0; n < PEERS; n++) peers.push(await hub.addPeer())
  const shared: Wanted[] = []
  for (const one of peers) shared.push(await share(one, texts(6)))
  const held = peers.map(() => peers.map(() => new Set<ContextHash>()))
  const at = (index: number): HubPeer => peers[index] ?? fail('peer')

  async function perform(next: Step): Promise<void> {
    switch (next.type) {
      case 'buy': {
        const seller = (next.buyer + next.from) % PEERS
        const wanted = part(shared[seller] ?? new Map(), next.first, next.first + next.count)
        const kept = held[next.buyer]?.[seller] ?? fail('set')
        void buyRest({ buyer: at(next.buyer), seller: at(seller) }, wanted, kept)
        return
      }
      case 'claim':
        void at(next.peer).peer.claimEverything()
        return
      case 'crash':
        at(next.peer).crash()
        peers[next.peer] = await hub.addPeer({ profile: at(next.peer) })
        return
      case 'lose':
        lose(hub, next.seed, next.rate)
        return
      case 'cut':
        hub.authorities.unreachable.clear()
        for (const index of next.authorities) hub.authorities.unreachable.add(index)
        return
      case 'wait':
        await hub.clock.advance(next.ms)
    }
  }

  for (const next of steps) {
    await perform(next)
    await hub.clock.settled()
  }
  hub.fate = () => 'passes'
  hub.authorities.unreachable.clear()
  await hub.clock.advance(15_000)
  // A checkpoint declares first what lapsed.
  await finish(hub, ...peers)
  await finish(hub, ...peers)
  await expectInOrder(hub, ...peers)
  for (const [index, buyer] of peers.entries()) {
    const bought = shared.flatMap((wanted, seller) =>
      [...wanted].filter(([contextHash]) => held[index]?.[seller]?.has(contextHash)),
    )
    // Nothing is paid twice; in advance each seller is trusted with one line, until the buyer forgets that in a crash.
    const crashes = steps.filter((next) => next.type === 'crash' && next.peer === index).length
    const most = priceOf(new Map(bought), hub.genesis) + LINE * BigInt((PEERS - 1) * (crashes + 1))
    expect(hub.genesis.starterGrant - walletOf(buyer).credit).toBeLessThanOrEqual(most)
  }
}

function fail(what: string): never {
  throw new Error(`There is no such ${what}`)
}

it(
  'whatever crashes and gets lost, tokens are conserved, nobody forks, and everything comes to its end',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const hub = await openPeerHub(
          { paymentWindowMs: 20_000, checkpointIntervalMs: 2_000, creditLine: LINE },
          { authorities: AUTHORITIES },
        )
        await run(hub, steps)
        await hub.close()
      }),
      { numRuns: 8 },
    )
  },
)
