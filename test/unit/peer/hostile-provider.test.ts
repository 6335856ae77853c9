import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import { parseTokens, sumTokens, toMicroTokens } from '../../../src/domain/kernel/micro-tokens.ts'
import { encodeStanding } from '../../../src/domain/ledger/account-standing.ts'
import { parseDelivery, signDelivery } from '../../../src/domain/ledger/delivery.ts'
import { parseQuote, signQuote, type Quote } from '../../../src/domain/ledger/quote.ts'
import type { NetworkHandlers, Serving, SessionTerms } from '../../../src/ports/network.ts'
import { testIdentity } from '../../support/ledger.ts'
import { openPeerHub, type HubPeer, type PeerHub } from '../../support/peer-hub.ts'
import {
  buy,
  chainOf,
  expectPaid,
  failureOf,
  part,
  priceOf,
  settleAll,
  share,
  texts,
  walletOf,
  type Wanted,
} from './trade-fixture.ts'

const WINDOW_MS = 60_000
const LINE = parseTokens('1')

let hub: PeerHub
let buyer: HubPeer
let seller: HubPeer
/** Six contexts of about 0.4 tokens. */
let wanted: Wanted
/** How the seller serves; honest unless a test changes it. */
let serve: (serving: Serving, attempt: number) => Partial<Serving>
let answer: Partial<NetworkHandlers>
/** What the seller says instead of what is so when a session is opened. */
let terms: Partial<SessionTerms>
let takes: number

beforeEach(async () => {
  serve = () => ({})
  answer = {}
  terms = {}
  takes = 0
  hub = await openPeerHub({ paymentWindowMs: WINDOW_MS, checkpointIntervalMs: 5_000, creditLine: LINE })
  buyer = await hub.addPeer()
  seller = await hub.addPeer({
    intercept: (handlers) => ({
      async onTake(request, from) {
        takes += 1
        if (answer.onTake !== undefined) return answer.onTake(request, from)
        const serving = await handlers.onTake(request, from)
        return { ...serving, ...serve(serving, takes) }
      },
      onSession: async (...opening) => ({
        ...(await (answer.onSession ?? handlers.onSession)(...opening)),
        ...terms,
      }),
      onVoucher: (...voucher) => (answer.onVoucher ?? handlers.onVoucher)(...voucher),
    }),
  })
  wanted = await share(seller, texts(6))
})
afterEach(() => hub.close())

/** The first contexts as they are, then what `then` makes of one, or its failure. */
async function* cheating(
  { contents }: Serving,
  honest: number,
  then: (content: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const content of contents) yield at++ < honest ? content : then(content)
}

const breakingOff = (serving: Serving, honest: number): Partial<Serving> => ({
  contents: cheating(serving, honest, () => {
    throw new LoremeshError('not-connected', 'The link broke')
  }),
})
const price = (of = wanted) => priceOf(of, hub.genesis)

/** Lets the payment window pass, so that what was not earned comes back. */
async function letWindowPass(): Promise<void> {
  await hub.clock.advance(WINDOW_MS + 20_000)
  await settleAll(hub, seller, buyer)
}

describe('a delivery that breaks off', () => {
  it('is gone on with, and nothing is paid twice', async () => {
    serve = (serving, attempt) => (attempt === 1 ? breakingOff(serving, 2) : {})
    const { texts: bought, failure } = await buy(buyer, seller, wanted)
    expect(failure).toBeUndefined()
    expect([...bought.keys()].sort()).toEqual([...wanted.keys()].sort())
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price() })
    expect(chainOf(buyer).slice(2)).toEqual(['reserve', 'release'])
  })

  it('for good is paid as far as it came, and its receipt has no statement', async () => {
    serve = (serving) => breakingOff(serving, 1)
    const { texts: bought, failure } = await buy(buyer, seller, wanted)
    expect(bought.size).toBe(2)
    expect(failure?.code).toBe('truncated')
    const purchases = await buyer.ledgerStore.listPurchases()
    expect(purchases.map(({ deliveryWire }) => deliveryWire)).toEqual([undefined, undefined])
    const paid = sumTokens(purchases.map((purchase) => purchase.paid))
    expect(paid).toBe(price(part(wanted, 0, 2)))
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid })
  })

  it('before anything came costs nothing', async () => {
    serve = (serving) => breakingOff(serving, 0)
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('not-connected')
    expect(takes).toBe(2)
    await letWindowPass()
    await expectPaid(hub, { buyer, seller, paid: 0n })
  })

  it('because the payer stops it is paid as far as it came, and not gone on with', async () => {
    const stop = new AbortController()
    serve = (serving) => ({
      contents: cheating(serving, 2, () => {
        stop.abort()
        throw new LoremeshError('aborted', 'Stopped')
      }),
    })
    expect(await failureOf(buy(buyer, seller, wanted, { signal: stop.signal }))).toBe('aborted')
    expect(takes).toBe(1)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price(part(wanted, 0, 2)) })
  })

  it('because the payee claims meanwhile is gone on with from another reserve', async () => {
    serve = (serving, attempt) =>
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
    expect(paid).toBeLessThanOrEqual(price())
    expect(paid).toBeGreaterThanOrEqual(price() - LINE)
    await expectPaid(hub, { buyer, seller, paid })
  })
})

describe('a delivery of something else', () => {
  it.each<[string, (content: Uint8Array) => Uint8Array, string]>([
    ['other bytes', (content) => content.map((byte) => byte ^ 1), 'bad-content'],
    ['more bytes', (content) => Uint8Array.of(...content, 1), 'message-too-large'],
    ['fewer bytes', (content) => content.subarray(1), 'truncated'],
  ])('than was quoted, %s, is not paid, but what came before is', async (_, change, code) => {
    serve = (serving, attempt) => ({ contents: cheating(serving, attempt === 1 ? 3 : 0, change) })
    const { texts: bought, failure } = await buy(buyer, seller, part(wanted, 0, 4))
    expect(failure?.code).toBe(code)
    expect(bought.size).toBe(3)
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price(part(wanted, 0, 3)) })
  })

  it('alone is not paid at all', async () => {
    serve = (serving) => ({ contents: cheating(serving, 0, (content) => content.map(() => 0)) })
    expect(await failureOf(buy(buyer, seller, wanted))).toBe('bad-content')
    expect(takes).toBe(1)
    await letWindowPass()
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
    serve = (serving) => ({ deliveryWire: () => deliveryWire(serving) })
    const { texts: bought, failure } = await buy(buyer, seller, wanted)
    expect(bought.size).toBe(6)
    expect(failure).toBeDefined()
    expect(await buyer.ledgerStore.listPurchases()).toMatchObject([
      { deliveryWire: undefined, paid: price() },
    ])
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price() })
  })
})

describe('a quote that is wrong', () => {
  const quoting =
    (change: Partial<Quote>): typeof serve =>
    ({ quoteWire }) => ({
      quoteWire: signQuote(seller.identity, { ...parseQuote(quoteWire).quote, ...change }).wire,
    })

  it.each<[string, Partial<Quote>]>([
    ['bad-input', { payer: testIdentity(9).account }],
    ['expired', { expiresAtMs: 1 }],
  ])('(%s) is not paid, and costs no second reserve', async (code, change) => {
    serve = quoting(change)
    expect(await failureOf(buy(buyer, seller, wanted))).toBe(code)
    expect(chainOf(buyer).slice(2)).toEqual(['reserve'])
    await letWindowPass()
    await expectPaid(hub, { buyer, seller, paid: 0n })
  })
})

describe('a provider', () => {
  it('that is asked too fast is asked again after a moment', async () => {
    answer = {
      onTake() {
        answer = {}
        throw new LoremeshError('rate-limited', 'Too fast')
      },
    }
    const bought = buy(buyer, seller, wanted)
    await hub.clock.advance(1_000)
    expect((await bought).texts.size).toBe(6)
    expect(takes).toBe(2)
  })

  it('that takes payment in advance for a context dearer than its line, and does not deliver, gets a part of the price', async () => {
    const dear = part(await share(seller, texts(1, 1_400)), 0, 1)
    expect(price(dear)).toBeGreaterThan(LINE)
    serve = (serving) => breakingOff(serving, 0)
    const failure = failureOf(buy(buyer, seller, dear))
    // Then it wants more in advance, for it counts what it sent as delivered, and gives up when that does not come.
    await hub.clock.advance(10_000)
    expect(await failure).toBe('payment-required')
    await settleAll(hub, seller, buyer)
    const advance = hub.genesis.starterGrant - walletOf(buyer).credit
    expect(advance).toBeGreaterThan(0n)
    expect(advance).toBeLessThan(price(dear))
    await expectPaid(hub, { buyer, seller, paid: advance })
  })

  it('delivers a context dearer than its line for payment in advance', async () => {
    const dear = part(await share(seller, texts(1, 1_400)), 0, 1)
    expect((await buy(buyer, seller, dear)).failure).toBeUndefined()
    await settleAll(hub, seller, buyer)
    await expectPaid(hub, { buyer, seller, paid: price(dear) })
  })

  it('that says that its line is nothing gets the network’s line in advance, however often it delivers nothing', async () => {
    terms = { creditLine: toMicroTokens(0n) }
    serve = (serving) => breakingOff(serving, 0)
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
    answer = { onVoucher: () => Promise.resolve() }
    const { texts: bought, failure } = await buy(buyer, seller, part(wanted, 0, 2))
    expect({ size: bought.size, failure }).toEqual({ size: 2, failure: undefined })
    await letWindowPass()
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
      answer = {
        onSession: () => Promise.resolve({ creditLine: LINE, vouched: toMicroTokens(0n), standing: shown }),
      }
      expect(await failureOf(buy(buyer, seller, wanted))).toBe(code)
    }
    expect(takes).toBe(0)
  })
})

it('of an answer that came in part the rest is bought from another peer', async () => {
  const other = await hub.addPeer()
  await share(other, texts(6))
  serve = (serving) => ({ contents: cheating(serving, 2, (content) => content.map(() => 0)) })
  const { results, troubles } = await buyer.peer.ask('What does page 3 say about words?', {
    scope: 'network',
    limit: 6,
    minRelevance: 0,
    maxTokenCost: parseTokens('20'),
  })
  expect(results).toHaveLength(6)
  expect(troubles.length).toBe(takes)
  await settleAll(hub, seller, other, buyer)
  expect(walletOf(buyer).credit).toBe(hub.genesis.starterGrant - price())
})
