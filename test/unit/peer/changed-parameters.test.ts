import { afterEach, beforeEach, expect, it } from 'vitest'
import { contextPrice } from '../../../src/domain/economy/price.ts'
import { parseTokens, sumTokens, type MicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import type { ParameterChange } from '../../../src/domain/ledger/parameter-change.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import { valueOf } from '../../support/value-of.ts'
import {
  buy,
  chainOf,
  expectPaid,
  part,
  settleAll,
  share,
  texts,
  walletOf,
  type Wanted,
} from './trade-fixture.ts'

const INTERVAL_MS = 5_000
const WINDOW_MS = 300_000
const price = parseTokens('3')
const wished: readonly ParameterChange[] = [
  { name: 'pricePerKb', value: price },
  { name: 'creditLine', value: parseTokens('1') },
  { name: 'starterGrant', value: parseTokens('50') },
]

let hub: PeerHub
let seller: HubPeer
let buyer: HubPeer
let wanted: Wanted

beforeEach(async () => {
  hub = await openPeerHub(
    { paymentWindowMs: WINDOW_MS, checkpointIntervalMs: INTERVAL_MS },
    { authorities: 4, wishes: [wished, [], wished, wished] },
  )
  seller = await hub.addPeer()
  buyer = await hub.addPeer()
  wanted = await share(seller, texts(4))
})
afterEach(() => hub.close())

function costOf(some: Wanted, pricePerKb: MicroTokens): MicroTokens {
  return sumTokens([...some.values()].map((size) => contextPrice(size, pricePerKb)))
}

/** The price at which the seller would share its first document. */
async function shownPrice(): Promise<MicroTokens> {
  const [document] = valueOf(seller.peer.library.documents)
  if (document === undefined) throw new Error('Nothing is shared')
  return (await seller.peer.library.previewShare(document.documentHash)).price
}

it('what four authorities change is asked, paid and shown without a restart', async () => {
  const [before, after] = [part(wanted, 0, 2), part(wanted, 2)]
  const shown = await shownPrice()
  const { prices } = await buy(buyer, seller, before)
  const paidBefore = costOf(before, hub.genesis.pricePerKb)
  expect(sumTokens(prices.values())).toBe(paidBefore)

  expect(valueOf(buyer.peer.tariff).pricePerKb).toBe(hub.genesis.pricePerKb)

  await hub.clock.advance(4 * INTERVAL_MS)
  expect(valueOf(buyer.peer.tariff).pricePerKb).toBe(price)
  expect(await shownPrice()).toBeGreaterThan(shown)
  const { failure } = await buy(buyer, seller, after)
  expect(failure).toBeUndefined()
  await settleAll(hub, seller, buyer)
  await expectPaid(hub, { buyer, seller, paid: paidBefore + costOf(after, price) })
})

it('a payer that has not heard of a higher price asks the authorities before it refuses', async () => {
  const deaf = await hub.addPeer({ intercept: () => ({ onGossip: () => Promise.resolve('ignore') }) })
  const [before, after] = [part(wanted, 0, 2), part(wanted, 2)]
  await buy(deaf, seller, before)
  await hub.clock.advance(3 * INTERVAL_MS)
  const { failure, prices } = await buy(deaf, seller, after)
  expect(failure).toBeUndefined()
  expect(sumTokens(prices.values())).toBe(costOf(after, price))
  expect(chainOf(deaf)).toEqual(['open', 'collect', 'reserve'])
})

it('newcomers get the starter tokens that are in force when they come', async () => {
  await hub.clock.advance(4 * INTERVAL_MS)
  const newcomer = await hub.addPeer()
  expect(walletOf(newcomer).credit).toBe(parseTokens('50'))
  expect(walletOf(buyer).credit).toBe(hub.genesis.starterGrant)
})
