import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { sumTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { parseDelivery, signDelivery } from '../../../src/domain/ledger/delivery.ts'
import { parseQuote } from '../../../src/domain/ledger/quote.ts'
import type { Serving } from '../../../src/ports/network.ts'
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

describe('a delivery that breaks off', () => {
  it('is gone on with, and nothing is paid twice', async () => {
    conduct.serve = (serving, attempt) => (attempt === 1 ? breakingOff(serving, 2) : {})
    const { texts: bought, failure } = await buy(buyer, seller, wanted)
    expect(failure).toBeUndefined()
    expect([...bought.keys()].sort()).toEqual([...wanted.keys()].sort())
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: trade.price() })
    expect(chainOf(buyer).slice(2)).toEqual(['reserve', 'release'])
  })

  it('for good is paid as far as it came, and its receipt has no statement', async () => {
    conduct.serve = (serving) => breakingOff(serving, 1)
    const { texts: bought, failure } = await buy(buyer, seller, wanted)
    expect(bought.size).toBe(2)
    expect(failure?.code).toBe('truncated')
    const purchases = await buyer.ledgerStore.listPurchases()
    expect(purchases.map(({ deliveryWire }) => deliveryWire)).toEqual([undefined, undefined])
    const paid = sumTokens(purchases.map((purchase) => purchase.paid))
    expect(paid).toBe(trade.price(part(wanted, 0, 2)))
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid })
  })

  it('before anything came costs nothing', async () => {
    conduct.serve = (serving) => breakingOff(serving, 0)
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('not-connected')
    expect(conduct.takes).toBe(2)
    await trade.letWindowPass()
    await expectPaid(hub, { buyer, seller, paid: 0n })
  })

  it('because the payer stops it is paid as far as it came, and not gone on with', async () => {
    const stop = new AbortController()
    conduct.serve = (serving) => ({
      contents: cheating(serving, 2, () => {
        stop.abort()
        throw new LoremeshError('aborted', 'Stopped')
      }),
    })
    expect(await failureOf(buy(buyer, seller, wanted, { signal: stop.signal }))).toBe('aborted')
    expect(conduct.takes).toBe(1)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: trade.price(part(wanted, 0, 2)) })
  })

  it('because the payee claims meanwhile is gone on with from another reserve', async () => {
    conduct.serve = (serving, attempt) =>
      attempt === 1
        ? {
            contents: (async function* () {
              let sent = 0
              for await (const content of serving.contents) {
                if (sent++ === 2) await seller.peer.claimEverything()
                yield content
              }
            })(),
          }
        : {}
    const { failure } = await buy(buyer, seller, wanted)
    expect(failure).toBeUndefined()
    expect(chainOf(buyer).filter((kind) => kind === 'reserve')).toHaveLength(2)
    await settleAll(hub, seller, buyer)
    // What was on its way when the payee claimed is its own loss, and within the credit line.
    const { credit } = walletOf(buyer)
    const paid = hub.genesis.starterGrant - credit
    expect(paid).toBeLessThanOrEqual(trade.price())
    expect(paid).toBeGreaterThanOrEqual(trade.price() - LINE)
    await expectPaid(hub, { buyer, seller, paid })
  })
})

describe('a delivery of something else', () => {
  it.each<[string, (content: Uint8Array) => Uint8Array, string]>([
    ['other bytes', (content) => content.map((byte) => byte ^ 1), 'bad-content'],
    ['more bytes', (content) => Uint8Array.of(...content, 1), 'message-too-large'],
    ['fewer bytes', (content) => content.subarray(1), 'truncated'],
  ])('than was quoted, %s, is not paid, but what came before is', async (_, change, code) => {
    conduct.serve = (serving, attempt) => ({ contents: cheating(serving, attempt === 1 ? 3 : 0, change) })
    const { texts: bought, failure } = await buy(buyer, seller, part(wanted, 0, 4))
    expect(failure?.code).toBe(code)
    expect(bought.size).toBe(3)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: trade.price(part(wanted, 0, 3)) })
  })

  it('alone is not paid at all', async () => {
    conduct.serve = (serving) => ({ contents: cheating(serving, 0, (content) => content.map(() => 0)) })
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('bad-content')
    expect(conduct.takes).toBe(1)
    await trade.letWindowPass()
    await expectPaid(hub, { buyer, seller, paid: 0n })
    expect(chainOf(buyer).slice(2)).toEqual(['reserve', 'release'])
  })
})

describe('a statement of the delivery', () => {
  it.each<[string, (serving: Serving) => Uint8Array]>([
    [
      'says that something else was delivered',
      ({ quoteWire, deliveryWire }) => {
        const items = parseDelivery(deliveryWire()).items.map((item) => ({
          ...item,
          deliveredDigest: new Uint8Array(32),
        }))
        return signDelivery(seller.identity, { invoice: parseQuote(quoteWire).invoice, items })
      },
    ],
    [
      'is signed by somebody else',
      ({ deliveryWire }) => signDelivery(testIdentity(9), parseDelivery(deliveryWire())),
    ],
    ['is none', () => Uint8Array.of(1)],
  ])('that %s is not kept; what came is', async (_, deliveryWire) => {
    conduct.serve = (serving) => ({ deliveryWire: () => deliveryWire(serving) })
    const { texts: bought, failure } = await buy(buyer, seller, wanted)
    expect(bought.size).toBe(6)
    expect(failure).toBeDefined()
    expect(await buyer.ledgerStore.listPurchases()).toMatchObject([
      { deliveryWire: undefined, paid: trade.price() },
    ])
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: trade.price() })
  })
})
