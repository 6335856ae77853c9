import { beforeEach, describe, expect, it } from 'vitest'
import {
  parseTokens,
  sumTokens,
  toMicroTokens,
  type MicroTokens,
} from '../../../src/domain/kernel/micro-tokens.ts'
import type { EntryHash } from '../../../src/domain/ledger/entry.ts'
import { parseQuote } from '../../../src/domain/ledger/quote.ts'
import { expectRejection } from '../../support/ledger.ts'
import {
  CAP,
  LINE,
  open,
  openSession,
  restartSeller,
  take,
  useSale,
  vouch,
  WINDOW_MS,
} from './sale-fixture.ts'
import { SHOWN_MS, part, priceOf, share, texts, walletOf } from './trade-fixture.ts'

const sale = useSale()

describe('a payer that never vouches', () => {
  it('gets what fits into the credit line, and nothing more from any reserve', async () => {
    const reserve = await openSession(sale)
    const first = await take(sale, reserve)
    expect(sumTokens(first.prices)).toBeLessThanOrEqual(LINE)
    expect(sumTokens(first.prices) + (first.prices[0] ?? 0n)).toBeGreaterThan(LINE)
    await sale.hub.clock.advance(4_000)
    expect(first.failure).toBe('payment-required')
    const again = await take(sale, await openSession(sale))
    expect(again.prices).toEqual([])
  })

  it('gets no more by taking several times at once', async () => {
    const reserve = await openSession(sale)
    const takes = await Promise.all([take(sale, reserve), take(sale, reserve), take(sale, reserve)])
    expect(sumTokens(takes.flatMap(({ prices }) => prices))).toBeLessThanOrEqual(LINE)
  })

  it('is told at the next opening how much of the line is left', async () => {
    const { prices, stop } = await take(sale, await openSession(sale))
    await stop()
    const opening = await sale.payer.reserve(sale.seller, CAP)
    expect((await open(sale, opening)).creditLine).toBe(LINE - sumTokens(prices))
  })

  it('is forgiven after the payment window: what was sent may have got lost', async () => {
    await (await take(sale, await openSession(sale))).stop()
    await sale.hub.clock.advance(WINDOW_MS / 2)
    const reserve = await openSession(sale)
    expect((await take(sale, reserve)).prices).toEqual([])
    await sale.hub.clock.advance(WINDOW_MS / 2)
    expect((await take(sale, await openSession(sale))).prices.length).toBeGreaterThan(0)
  })
})

describe('the credit line', () => {
  it('is longer by what the payer has paid here before', async () => {
    const reserve = await openSession(sale)
    const { prices, stop } = await take(sale, reserve)
    await stop()
    const owed = sumTokens(prices)
    await vouch(sale, reserve, owed)
    const opening = await sale.payer.reserve(sale.seller, CAP)
    expect((await open(sale, opening)).creditLine).toBe(LINE + owed)
    await sale.seller.peer.claimEverything()
    const later = await sale.payer.reserve(sale.seller, CAP)
    expect((await open(sale, later)).creditLine).toBe(LINE + owed)
  })

  describe('of a payer that has paid once', () => {
    /** Takes what there is from a new reserve, breaks off, and gives what came. */
    async function takeAndGo(): Promise<{ readonly reserve: EntryHash; readonly came: bigint }> {
      const reserve = await openSession(sale)
      const { prices, stop } = await take(sale, reserve)
      await stop()
      return { reserve, came: sumTokens(prices) }
    }

    const lineNow = async () => (await open(sale, await sale.payer.reserve(sale.seller, CAP))).creditLine

    beforeEach(async () => {
      const reserve = await openSession(sale)
      await take(sale, reserve)
      await vouch(sale, reserve, await priceOfAll())
      await sale.hub.clock.settled()
    })

    it('is not given away in every window, also when the seller has started anew', async () => {
      const paid = await priceOfAll()
      expect((await takeAndGo()).came).toBe(paid)
      await sale.hub.clock.advance(WINDOW_MS)
      expect(await lineNow()).toBe(LINE)
      const { came } = await takeAndGo()
      expect(came).toBeLessThanOrEqual(LINE)
      expect(await lineNow()).toBe(LINE - came)
      await restartSeller(sale)
      expect(await lineNow()).toBe(LINE - came)
      await sale.hub.clock.advance(WINDOW_MS)
      expect(await lineNow()).toBe(LINE)
      await restartSeller(sale)
      expect(await lineNow()).toBe(LINE)
    })

    it('is as long as before once what got lost is vouched for, however late', async () => {
      const before = await lineNow()
      const { reserve, came } = await takeAndGo()
      expect(await lineNow()).toBe(before - came)
      await sale.hub.clock.advance(WINDOW_MS * 0.5)
      await vouch(sale, reserve, came)
      expect(await lineNow()).toBe(before + came)
      const again = await takeAndGo()
      await restartSeller(sale)
      expect(await lineNow()).toBe(before + came - again.came)
      await vouch(sale, again.reserve, again.came)
      await sale.hub.clock.advance(WINDOW_MS)
      expect(await lineNow()).toBe(before + came + again.came)
    })
  })

  it('lets a delivery go on as soon as a voucher has come', async () => {
    const reserve = await openSession(sale)
    const delivery = await take(sale, reserve)
    const first = delivery.prices.length
    await vouch(sale, reserve, sumTokens(delivery.prices))
    await sale.hub.clock.settled()
    // As much as before, and once more as much, for so much was paid.
    expect(delivery.prices.length).toBeGreaterThanOrEqual(first * 3 - 1)
    await vouch(sale, reserve, await priceOfAll())
    await sale.hub.clock.settled()
    expect(delivery.prices).toHaveLength(20)
    expect(delivery.failure).toBeUndefined()
  })

  it('lets contexts be paid in advance that are dearer than it', async () => {
    const large = part(await share(sale.seller, texts(1, 1_400)), 0, 1)
    const price = priceOf(large, sale.hub.genesis)
    expect(price).toBeGreaterThan(LINE)
    const reserve = await openSession(sale)
    const delivery = await take(sale, reserve, { wanted: [...large.keys()] })
    expect(delivery.prices).toEqual([])
    await vouch(sale, reserve, (price - LINE + 1n) / 2n)
    await sale.hub.clock.settled()
    expect(delivery.prices).toEqual([price])
  })
})

describe('what was sold', () => {
  it('is kept with the statement, and as paid as far as it was vouched for', async () => {
    const reserve = await openSession(sale)
    const delivery = await take(sale, reserve)
    await vouch(sale, reserve, await priceOfAll())
    await sale.hub.clock.settled()
    expect(delivery.failure).toBeUndefined()
    const [sold] = await sale.seller.ledgerStore.listPurchases()
    const price = await priceOfAll()
    expect(sold).toMatchObject({ paid: price, price })
    expect(sold?.deliveryWire).toBeDefined()
    await sale.hub.clock.advance(SHOWN_MS)
    expect(walletOf(sale.seller)).toMatchObject({ contextsServed: 20 })
  })

  it('is kept without a statement when the delivery broke off, and a later voucher covers it', async () => {
    const reserve = await openSession(sale)
    const broken = await take(sale, reserve)
    await broken.stop()
    expect(await sale.seller.ledgerStore.listPurchases()).toMatchObject([
      { paid: 0n, price: sumTokens(broken.prices), deliveryWire: undefined },
    ])
    const owed = sumTokens(broken.prices)
    await vouch(sale, reserve, owed)
    expect(await sale.seller.ledgerStore.listPurchases()).toMatchObject([
      { paid: owed, deliveryWire: undefined },
    ])
  })

  it('is not paid twice: vouchers of a delivery under way do not cover the one before', async () => {
    const reserve = await openSession(sale)
    await (await take(sale, reserve, { wanted: sale.contexts.slice(0, 1) })).stop()
    const second = await take(sale, reserve, { wanted: sale.contexts.slice(1, 3) })
    sale.hub.clock.stir()
    const owed = sumTokens(second.prices)
    await vouch(sale, reserve, owed)
    await second.stop()
    const sales = await sale.seller.ledgerStore.listPurchases()
    expect(sumTokens(sales.map(({ paid }) => paid))).toBeLessThanOrEqual(owed)
  })

  it('never exceeds the cap of the reserve', async () => {
    const reserve = await openSession(sale, { cap: parseTokens('1') })
    await expectRejection(() => take(sale, reserve), 'payment-required')
    const one = await take(sale, reserve, { wanted: sale.contexts.slice(0, 1) })
    await vouch(sale, reserve, sumTokens(one.prices))
    await expectRejection(
      () => take(sale, reserve, { wanted: sale.contexts.slice(1, 3) }),
      'payment-required',
    )
  })

  it('is offered as far as the limit of the request goes', async () => {
    const reserve = await openSession(sale)
    const request = { requestId: new Uint8Array(16), contexts: sale.contexts, reserve }
    const limit = parseTokens('1')
    const { quoteWire } = await sale.handlers.onTake(
      { ...request, maxTokenCost: limit },
      sale.payer.identity.peerId,
    )
    const { quote } = parseQuote(quoteWire)
    expect(quote.price).toBeLessThanOrEqual(limit)
    expect(quote.items).toHaveLength(2)
    await expectRejection(
      () => sale.handlers.onTake({ ...request, maxTokenCost: toMicroTokens(1n) }, sale.payer.identity.peerId),
      'price-above-limit',
    )
  })
})

/** What all contexts cost together. */
async function priceOfAll(): Promise<MicroTokens> {
  const contexts = await sale.seller.contextStore.getContexts(sale.contexts)
  return priceOf(
    new Map(contexts.map(({ contextHash, sizeBytes }) => [contextHash, sizeBytes])),
    sale.hub.genesis,
  )
}
