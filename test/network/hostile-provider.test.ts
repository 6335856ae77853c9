import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashText } from '../../src/domain/content/context-hash.ts'
import { contextPrice } from '../../src/domain/economy/price.ts'
import type { ErrorCode } from '../../src/domain/kernel/errors.ts'
import { parseTokens, toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { encodeFetchMessage } from '../../src/protocols/fetch.ts'
import { readInfo, startNodePeer, type NodePeer } from '../support/node-peer.ts'
import {
  deliverHonestly,
  startRawProvider,
  type Misdeeds,
  type RawProvider,
} from '../support/node-peer-provider.ts'
import { createHonestTrade, type HonestTrade } from '../support/node-peer-trade.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const question = 'How do bees tell where food is?'
const bees = {
  title: 'Bees',
  text: `Bees tell where food is with a waggle dance. ${'It goes on. '.repeat(100)}`,
}

let server: TestServer
let buyer: NodePeer
let honest: NodePeer
let fair: HonestTrade

beforeAll(async () => {
  server = await startServer({
    LOREMESH_SEEDER: 'false',
    LOREMESH_PAYMENT_WINDOW_SECONDS: '10',
    LOREMESH_CHECKPOINT_SECONDS: '2',
  })
  ;[buyer, honest] = await Promise.all([
    startNodePeer(server, { limits: { stallMs: 800, answerTimeoutMs: 3_000 } }),
    startNodePeer(server),
  ])
  fair = createHonestTrade(honest, buyer)
})
afterAll(async () => {
  await Promise.all([buyer, honest].map((peer) => peer.close()))
  await server.stop()
})

/** Asks a provider with these misdeeds, then makes sure that the buyer goes on and nobody has got a token for nothing. */
async function askAgainst(
  misdeeds: Misdeeds,
): Promise<{ readonly provider: RawProvider; readonly codes: readonly ErrorCode[] }> {
  const provider = await startRawProvider(server, bees, misdeeds)
  try {
    const { results, troubles } = await buyer.ask(question)
    expect(results).toEqual([])
    expect(troubles.map((trouble) => trouble.provider)).toEqual([provider.raw.identity.peerId])
    return { provider, codes: troubles.map((trouble) => trouble.code) }
  } finally {
    await provider.stop()
    await fair.trade()
    expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
    await expectOnlyFairPaid()
    await buyer.peer.settle()
  }
}

const RELEASE_TIMEOUT_MS = 10_000

/** Once the honest provider's claim has come as gossip, and the rest of its reserve is back, nobody else is owed anything. */
async function expectOnlyFairPaid(): Promise<void> {
  await expect.poll(() => buyer.wallet().pendingOut).toBe(0n)
  await expect.poll(() => buyer.holdings(), { timeout: RELEASE_TIMEOUT_MS }).toBe(grant() - fair.paid)
}

const grant = (): bigint => buyer.wallet().entries.find((entry) => entry.kind === 'collect')?.change ?? 0n
const reserves = () => buyer.wallet().entries.filter((entry) => entry.kind === 'reserve')

describe('a provider that gets no voucher, because', () => {
  it('it sends nothing but garbage', async () => {
    const { codes } = await askAgainst({ search: (stream) => stream.send(new Uint8Array(64).fill(3)) })
    expect(codes).toEqual(['bad-encoding'])
  })

  it('its answer to a search is larger than allowed', async () => {
    const { codes } = await askAgainst({
      search: (stream) => stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f)),
    })
    expect(codes).toEqual(['message-too-large'])
  })

  it('it forges descriptors', async () => {
    const { codes } = await askAgainst({ forgeDescriptor: withLastByteChanged })
    expect(codes).toEqual(['bad-signature'])
  })

  it('it forges the signature of its quote', async () => {
    const { codes } = await askAgainst({ forgeQuote: withLastByteChanged })
    expect(codes).toEqual(['bad-signature'])
  })

  it('it refuses the session', async () => {
    const { codes } = await askAgainst({
      open: ({ exchange, send }) =>
        send({ type: 'refusal', exchange, code: 'not-ready', message: 'Not now' }),
    })
    expect(codes).toEqual(['not-ready'])
  })

  it('it never answers the opening of the session', async () => {
    const { codes } = await askAgainst({ open: () => undefined })
    expect(codes).toEqual(['timeout'])
  })

  it('it claims to hold vouchers that were never signed', async () => {
    const { provider, codes } = await askAgainst({
      open({ exchange, send }) {
        const [creditLine, vouched] = [parseTokens('4'), parseTokens('1')]
        send({ type: 'opened', exchange, creditLine, vouched, standing: undefined })
      },
    })
    expect(codes).toEqual(['already-claimed'])
    expect(provider.reserves.size).toBe(2)
  })

  it('it shows a forged standing in a checkpoint', async () => {
    const { codes } = await askAgainst({
      open({ exchange, send }) {
        const standing = new Uint8Array(300).fill(5)
        const creditLine = parseTokens('4')
        send({ type: 'opened', exchange, creditLine, vouched: toMicroTokens(0n), standing })
      },
    })
    expect(codes).toEqual(['bad-encoding'])
  })

  it('its quote lists the context in another size', async () => {
    const price = contextPrice(9, (await readInfo(server)).genesis.pricePerKb)
    const { codes } = await askAgainst({
      quote: (quote) => ({
        ...quote,
        items: quote.items.map((item) => ({ ...item, sizeBytes: 9, price })),
        price,
      }),
    })
    expect(codes).toEqual(['bad-input'])
  })

  it('its quote lists what was not asked for', async () => {
    const contextHash = hashText('Something else')
    const { codes } = await askAgainst({
      quote: (quote) => ({ ...quote, items: quote.items.map((item) => ({ ...item, contextHash })) }),
    })
    expect(codes).toEqual(['bad-input'])
  })

  it('its quote repeats an older one', async () => {
    const { codes } = await askAgainst({ quote: (quote) => ({ ...quote, request: new Uint8Array(32) }) })
    expect(codes).toEqual(['bad-input'])
  })

  it('it asks for more than the tariff', async () => {
    const { codes } = await askAgainst({
      quote: (quote) => ({
        ...quote,
        items: quote.items.map((item) => ({ ...item, price: toMicroTokens(item.price + 1n) })),
        price: toMicroTokens(quote.price + 1n),
      }),
    })
    expect(codes).toEqual(['price-above-limit'])
  })
})

it('a question whose limit is below the price buys nothing and says so', async () => {
  const provider = await startRawProvider(server, bees)
  const before = reserves().length
  const { results, troubles } = await buyer.ask(question, { maxTokenCost: parseTokens('0.5') })
  await provider.stop()
  expect(results).toEqual([])
  expect(troubles).toMatchObject([
    { code: 'price-above-limit', hint: expect.stringContaining('limit') as string },
  ])
  expect(reserves()).toHaveLength(before)
})

describe('nothing is paid when the provider', () => {
  /** One reserve was made, however often it was tried, and no voucher followed. */
  async function takeAgainst(deliver: NonNullable<Misdeeds['deliver']>): Promise<readonly ErrorCode[]> {
    const { provider, codes } = await askAgainst({ deliver })
    expect(provider.reserves.size).toBe(1)
    expect(provider.vouched.size).toBe(0)
    return codes
  }

  it('sends something else under the hash', async () => {
    const codes = await takeAgainst((delivery) =>
      deliverHonestly({ ...delivery, content: delivery.content.map((byte) => byte ^ 1) }),
    )
    expect(codes).toEqual(['bad-content'])
  })

  it('sends a frame of more than 16 KiB', async () => {
    const codes = await takeAgainst(({ exchange, send }) =>
      send({ type: 'frame', exchange, payload: new Uint8Array(16_385) }),
    )
    expect(codes).toEqual(['bad-encoding'])
  })

  it('announces a frame beyond every limit', async () => {
    const codes = await takeAgainst(({ stream }) => stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f)))
    expect(codes).toEqual(['message-too-large'])
  })

  it('ends with less than it quoted', async () => {
    const codes = await takeAgainst((delivery) =>
      deliverHonestly({ ...delivery, content: delivery.content.subarray(1) }),
    )
    expect(codes).toEqual(['truncated'])
  })

  it('closes the stream within a frame', async () => {
    const codes = await takeAgainst(({ exchange, content, stream }) => {
      const frame = encodeFetchMessage({ type: 'frame', exchange, payload: content })
      stream.send(frame.subarray(0, frame.length / 2))
      void stream.close()
    })
    expect(codes).toEqual(['truncated'])
  })

  it('stops mid-way without a word', async () => {
    const codes = await takeAgainst(({ exchange, content, send }) =>
      send({ type: 'frame', exchange, payload: content.subarray(0, 100) }),
    )
    expect(codes).toEqual(['truncated'])
  })

  it('quotes and says nothing more', async () => {
    expect(await takeAgainst(() => undefined)).toEqual(['timeout'])
  })

  it('refuses to deliver after all', async () => {
    const codes = await takeAgainst(({ exchange, send }) =>
      send({ type: 'refusal', exchange, code: 'not-found', message: 'Not here any more' }),
    )
    expect(codes).toEqual(['not-found'])
  })
})

describe('what came and fits its hash is paid, and nothing else, though the provider', () => {
  async function buyFrom(
    { title, text }: { readonly title: string; readonly text: string },
    deliver: NonNullable<Misdeeds['deliver']>,
  ): Promise<readonly ErrorCode[]> {
    const before = buyer.wallet().pendingOut
    const provider = await startRawProvider(server, { title, text }, { deliver })
    const { results, troubles } = await buyer.ask(`What do ${title} follow?`)
    expect(results.map((result) => result.text)).toEqual([text])
    const price = results[0]?.paid ?? 0n
    await expect.poll(() => [...provider.vouched.values()]).toEqual([price])
    await provider.stop()
    expect(buyer.wallet().pendingOut).toBe(before + price)
    return troubles.map((trouble) => trouble.code)
  }

  it('states falsely what it delivered', async () => {
    const ants = { title: 'ants', text: `Ants follow trails of scent. ${'They never get lost. '.repeat(20)}` }
    const codes = await buyFrom(ants, ({ deliveryWire, ...delivery }) =>
      deliverHonestly({ ...delivery, deliveryWire: withLastByteChanged(deliveryWire) }),
    )
    expect(codes).toEqual(['bad-signature'])
  })

  it('sends more than it quoted', async () => {
    const geese = { title: 'geese', text: `Geese follow their mother. ${'They swim in a row. '.repeat(20)}` }
    const codes = await buyFrom(geese, ({ exchange, content, send }) => {
      send({ type: 'frame', exchange, payload: content })
      send({ type: 'frame', exchange, payload: Uint8Array.of(1) })
    })
    expect(codes).toEqual(['message-too-large'])
  })
})

it('every reserve comes back once the windows have passed', { timeout: 60_000 }, async () => {
  async function onTheWay(): Promise<bigint> {
    await buyer.peer.settle()
    return buyer.wallet().pendingOut + buyer.wallet().reserved
  }
  await expect.poll(onTheWay, { timeout: 40_000, interval: 500 }).toBe(0n)
  // Nobody has claimed the vouchers for what came from hostile providers.
  await expect.poll(() => buyer.holdings(), { timeout: RELEASE_TIMEOUT_MS }).toBe(grant() - fair.paid)
  expect(new Set(reserves().map((entry) => entry.phase))).toEqual(new Set(['returned']))
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true, pending: 0n, locked: 0n })
})

function withLastByteChanged(wire: Uint8Array): Uint8Array {
  return wire.map((byte, at) => (at === wire.length - 1 ? byte ^ 1 : byte))
}
