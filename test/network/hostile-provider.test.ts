import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/domain/kernel/errors.ts'
import { parseTokens, toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { encodeFetchMessage } from '../../src/protocols/fetch.ts'
import { startNodePeer, type NodePeer } from '../support/node-peer.ts'
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
  text: `Bees tell where food is with a waggle dance. ${'It goes on. '.repeat(200)}`,
}

let server: TestServer
let buyer: NodePeer
let honest: NodePeer
let fair: HonestTrade

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false', LOREMESH_PAYMENT_WINDOW_SECONDS: '10' })
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
    expect(holdings() + buyer.wallet().pendingOut).toBe(grant() - fair.paid)
  }
}

const holdings = (): bigint => buyer.wallet().balance + buyer.wallet().credit
const grant = (): bigint => buyer.wallet().entries.find((entry) => entry.kind === 'collect')?.change ?? 0n
const payments = () => buyer.wallet().entries.filter((entry) => entry.kind === 'pay')

describe('a provider that is not paid, because', () => {
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

  it('its quote lists something else than was asked for', async () => {
    const { codes } = await askAgainst({
      quote: (quote) => ({ ...quote, items: quote.items.map((item) => ({ ...item, sizeBytes: 9 })) }),
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
  const before = payments().length
  const { results, troubles } = await buyer.ask(question, { maxTokenCost: parseTokens('0.5') })
  await provider.stop()
  expect(results).toEqual([])
  expect(troubles).toMatchObject([
    { code: 'price-above-limit', hint: expect.stringContaining('limit') as string },
  ])
  expect(payments()).toHaveLength(before)
})

describe('a payment comes back when the provider', () => {
  /** One payment was made, however often it was tried. */
  async function payAgainst(deliver: NonNullable<Misdeeds['deliver']>): Promise<readonly ErrorCode[]> {
    const before = payments().length
    const { provider, codes } = await askAgainst({ deliver })
    expect(provider.invoices.size).toBe(1)
    // One to the hostile provider, one to the honest one.
    expect(payments()).toHaveLength(before + 2)
    return codes
  }

  it('sends something else under the hash', async () => {
    const codes = await payAgainst((payment) =>
      deliverHonestly({ ...payment, content: payment.content.map((byte) => byte ^ 1) }),
    )
    expect(codes).toEqual(['bad-content'])
  })

  it('states falsely what it delivered', async () => {
    const codes = await payAgainst(({ deliveryWire, ...payment }) =>
      deliverHonestly({ ...payment, deliveryWire: withLastByteChanged(deliveryWire) }),
    )
    expect(codes).toEqual(['bad-signature'])
  })

  it('sends a frame of more than 16 KiB', async () => {
    const codes = await payAgainst(({ exchange, send }) =>
      send({ type: 'frame', exchange, payload: new Uint8Array(16_385) }),
    )
    expect(codes).toEqual(['bad-encoding'])
  })

  it('announces a frame beyond every limit', async () => {
    const codes = await payAgainst(({ stream }) => stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f)))
    expect(codes).toEqual(['message-too-large'])
  })

  it('sends more than it quoted', async () => {
    const codes = await payAgainst(({ exchange, content, send }) => {
      send({ type: 'frame', exchange, payload: content })
      send({ type: 'frame', exchange, payload: Uint8Array.of(1) })
    })
    expect(codes).toEqual(['message-too-large'])
  })

  it('ends with less than it quoted', async () => {
    const codes = await payAgainst((payment) =>
      deliverHonestly({ ...payment, content: payment.content.subarray(1) }),
    )
    expect(codes).toEqual(['truncated'])
  })

  it('closes the stream within a frame', async () => {
    const codes = await payAgainst(({ exchange, content, stream }) => {
      const frame = encodeFetchMessage({ type: 'frame', exchange, payload: content })
      stream.send(frame.subarray(0, frame.length / 2))
      void stream.close()
    })
    expect(codes).toEqual(['truncated'])
  })

  it('stops mid-way without a word', async () => {
    const codes = await payAgainst(({ exchange, content, send }) =>
      send({ type: 'frame', exchange, payload: content.subarray(0, 100) }),
    )
    expect(codes).toEqual(['truncated'])
  })

  it('takes the payment and says nothing at all', async () => {
    expect(await payAgainst(() => undefined)).toEqual(['timeout'])
  })

  it('refuses to deliver after all', async () => {
    const codes = await payAgainst(({ exchange, send }) =>
      send({ type: 'refusal', exchange, code: 'not-found', message: 'Not here any more' }),
    )
    expect(codes).toEqual(['not-found'])
  })

  it('(all of these, once their windows have passed)', { timeout: 60_000 }, async () => {
    async function onTheWay(): Promise<bigint> {
      await buyer.peer.settle()
      return buyer.wallet().pendingOut
    }
    await expect.poll(onTheWay, { timeout: 30_000, interval: 500 }).toBe(0n)
    expect(holdings()).toBe(grant() - fair.paid)
    const phases = payments().map((entry) => entry.phase)
    expect(new Set(phases)).toEqual(new Set(['claimed', 'reclaimed']))
    expect(phases.filter((phase) => phase === 'claimed')).toHaveLength(fair.count)
    expect(await readLedgerStats(server)).toMatchObject({ conserved: true, pending: 0n })
  })
})

function withLastByteChanged(wire: Uint8Array): Uint8Array {
  return wire.map((byte, at) => (at === wire.length - 1 ? byte ^ 1 : byte))
}
