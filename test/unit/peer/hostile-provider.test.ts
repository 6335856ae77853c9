import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { encodeStanding } from '../../../src/domain/ledger/account-standing.ts'
import { parseQuote, signQuote, type Quote } from '../../../src/domain/ledger/quote.ts'
import { testIdentity } from '../../support/ledger.ts'
import type { HubPeer, PeerHub } from '../../support/peer-hub.ts'
import {
  breakingOff,
  cheating,
  LINE,
  openHostileTrade,
  type Conduct,
  type HostileTrade,
} from './hostile-provider-fixture.ts'
import {
  buy,
  chainOf,
  expectPaid,
  failureOf,
  part,
  settleAll,
  share,
  texts,
  walletOf,
  type Wanted,
} from './trade-fixture.ts'

let trade: HostileTrade
let hub: PeerHub
let buyer: HubPeer
let seller: HubPeer
let wanted: Wanted
let conduct: Conduct

beforeEach(async () => {
  trade = await openHostileTrade()
  ;({ hub, buyer, seller, wanted, conduct } = trade)
})
afterEach(() => hub.close())

describe('a quote that is wrong', () => {
  const quoting =
    (change: Partial<Quote>): Conduct['serve'] =>
    ({ quoteWire }) => ({
      quoteWire: signQuote(seller.identity, { ...parseQuote(quoteWire).quote, ...change }).wire,
    })

  it.each<[string, Partial<Quote>]>([
    ['bad-input', { payer: testIdentity(9).account }],
    ['expired', { expiresAtMs: 1 }],
  ])('(%s) is not paid, and costs no second reserve', async (code, change) => {
    conduct.serve = quoting(change)
    expect(await failureOf(buy(buyer, seller, wanted))).toBe(code)
    expect(chainOf(buyer).slice(2)).toEqual(['reserve'])
    await trade.letWindowPass()
    await expectPaid(hub, { buyer, seller, paid: 0n })
  })
})

describe('a provider', () => {
  it('that is asked too fast is asked again after a moment', async () => {
    conduct.answer = {
      onTake() {
        conduct.answer = {}
        throw new LoremeshError('rate-limited', 'Too fast')
      },
    }
    const bought = buy(buyer, seller, wanted)
    await hub.clock.advance(1_000)
    expect((await bought).texts.size).toBe(6)
    expect(conduct.takes).toBe(2)
  })

  it('that takes payment in advance for a context dearer than its line, and does not deliver, gets a part of the price', async () => {
    const dear = part(await share(seller, texts(1, 1_400)), 0, 1)
    expect(trade.price(dear)).toBeGreaterThan(LINE)
    conduct.serve = (serving) => breakingOff(serving, 0)
    const failure = failureOf(buy(buyer, seller, dear))
    // Then it wants more in advance, for it counts what it sent as delivered, and gives up when that does not come.
    await hub.clock.advance(10_000)
    expect(await failure).toBe('payment-required')
    await settleAll(hub, seller, buyer)
    const advance = hub.genesis.starterGrant - walletOf(buyer).credit
    expect(advance).toBeGreaterThan(0n)
    expect(advance).toBeLessThan(trade.price(dear))
    await expectPaid(hub, { buyer, seller, paid: advance })
  })

  it('delivers a context dearer than its line for payment in advance', async () => {
    const dear = part(await share(seller, texts(1, 1_400)), 0, 1)
    expect((await buy(buyer, seller, dear)).failure).toBeUndefined()
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: trade.price(dear) })
  })

  it('that says that its line is nothing gets the network’s line in advance, however often it delivers nothing', async () => {
    conduct.terms = { creditLine: toMicroTokens(0n) }
    conduct.serve = (serving) => breakingOff(serving, 0)
    for (let question = 0; question < 4; question++) {
      const asked = failureOf(buy(buyer, seller, wanted))
      // In the end each waits for the other.
      await hub.clock.advance(9_000)
      expect(await asked).toBeDefined()
    }
    await settleAll(hub, seller, buyer)
    const advance = hub.genesis.starterGrant - walletOf(buyer).credit
    expect(advance).toBeLessThanOrEqual(LINE)
    await expectPaid(hub, { buyer, seller, paid: advance })
  })

  it('that never sees a voucher can claim nothing', async () => {
    conduct.answer = { onVoucher: () => Promise.resolve() }
    const { texts: bought, failure } = await buy(buyer, seller, part(wanted, 0, 2))
    expect({ size: bought.size, failure }).toEqual({ size: 2, failure: undefined })
    await trade.letWindowPass()
    await expectPaid(hub, { buyer, seller, paid: 0n })
  })

  it('that shows the standing of another account, or none that can be read, is not bought from', async () => {
    const others = await hub.addPeer()
    await hub.clock.advance(20_000)
    const standing = await hub.authorities.certifierOf(others.identity).standing(others.identity.peerId)
    if (standing === undefined) throw new Error('There is no checkpoint')
    for (const [shown, code] of [
      [encodeStanding(standing), 'bad-proof'],
      [Uint8Array.of(1), 'bad-encoding'],
    ] as const) {
      conduct.answer = {
        onSession: () => Promise.resolve({ creditLine: LINE, vouched: toMicroTokens(0n), standing: shown }),
      }
      expect(await failureOf(buy(buyer, seller, wanted))).toBe(code)
    }
    expect(conduct.takes).toBe(0)
  })
})

it('of an answer that came in part the rest is bought from another peer', async () => {
  const other = await hub.addPeer()
  await share(other, texts(6))
  conduct.serve = (serving) => ({ contents: cheating(serving, 2, (content) => content.map(() => 0)) })
  const { results, troubles } = await buyer.peer.ask('What does page 3 say about words?', {
    scope: 'network',
    limit: 6,
    minRelevance: 0,
    maxTokenCost: parseTokens('20'),
  })
  expect(results).toHaveLength(6)
  expect(troubles.length).toBe(conduct.takes)
  await settleAll(hub, seller, other, buyer)
  expect(walletOf(buyer).credit).toBe(hub.genesis.starterGrant - trade.price())
})
