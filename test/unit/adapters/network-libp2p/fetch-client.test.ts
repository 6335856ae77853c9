import { describe, expect, it } from 'vitest'
import type { FetchClient, OpenTake } from '../../../../src/adapters/network-libp2p/fetch-client.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { TakeRequest } from '../../../../src/ports/network.ts'
import type { ProviderMessage, RequesterMessage } from '../../../../src/protocols/fetch.ts'
import { testBytes } from '../../../support/test-contexts.ts'
import { openToClient, reserve, take, voucherOf, type RawEnd } from './fetch-fixture.ts'

type Provider = RawEnd<ProviderMessage, RequesterMessage>

const never = new AbortController().signal
const quote = { type: 'quote', exchange: 1, quoteWire: testBytes(300) } as const
const done = { type: 'done', exchange: 1, deliveryWire: testBytes(100) } as const
const frame = (payload: Uint8Array): ProviderMessage => ({ type: 'frame', exchange: 1, payload })
const refusal = { type: 'refusal', exchange: 1, code: 'payment-required', message: 'Pay first' } as const

/** A take that the provider has quoted. */
async function quoted(
  client: FetchClient,
  provider: Provider,
  { request = take, delivery }: { readonly request?: TakeRequest; readonly delivery?: AbortSignal } = {},
): Promise<OpenTake> {
  const taking = client.take(request, { quote: never, delivery })
  await provider.send(quote)
  return taking
}

/** What an iteration gave before it ended, and the code that it ended with. */
async function readAll(contents: AsyncIterable<Uint8Array>): Promise<[readonly Uint8Array[], unknown]> {
  const read: Uint8Array[] = []
  try {
    for await (const content of contents) read.push(content)
    return [read, undefined]
  } catch (error) {
    return [read, (error as { code?: unknown }).code]
  }
}

describe('a take', () => {
  it('asks for the contexts, gives the quote, then each context as soon as it is complete', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    expect(provider.received).toEqual([{ type: 'take', exchange: 1, ...take, creditBytes: 4_194_304 }])
    expect(taking.quoteWire).toEqual(quote.quoteWire)
    const contents = taking.contents([100, 50])[Symbol.asyncIterator]()
    await provider.send(frame(testBytes(120)))
    expect((await contents.next()).value).toEqual(testBytes(120).subarray(0, 100))
    await provider.send(frame(testBytes(30, 2)))
    expect((await contents.next()).value).toEqual(
      Uint8Array.of(...testBytes(120).subarray(100), ...testBytes(30, 2)),
    )
    expect((await contents.next()).done).toBe(true)
    await provider.send(done)
    expect(await taking.deliveryWire()).toEqual(done.deliveryWire)
  })

  it('that is refused throws the reason', async () => {
    const { client, provider } = openToClient()
    const taking = client.take(take, { quote: never, delivery: undefined })
    const failed = expect(taking).rejects.toMatchObject({ code: 'payment-required', message: 'Pay first' })
    await provider.send(refusal)
    await failed
  })

  it('whose quote nobody waits for any more is cancelled', async () => {
    const { client, provider } = openToClient()
    const controller = new AbortController()
    const taking = client.take(take, { quote: controller.signal, delivery: undefined })
    const failed = expect(taking).rejects.toMatchObject({ code: 'aborted' })
    controller.abort()
    await failed
    await provider.send(quote)
    expect(provider.received.at(-1)).toEqual({ type: 'cancel', exchange: 1 })
  })

  it('gives what came before it was refused, or broke off', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    await provider.send(frame(testBytes(120)), refusal)
    expect(await readAll(taking.contents([100, 50]))).toEqual([
      [testBytes(120).subarray(0, 100)],
      'payment-required',
    ])
    await expect(taking.deliveryWire()).rejects.toMatchObject({ code: 'payment-required' })
  })

  it('of which less came than was quoted is truncated, of which more came too large', async () => {
    const short = openToClient()
    const truncated = await quoted(short.client, short.provider)
    await short.provider.send(frame(testBytes(99)), done)
    expect(await readAll(truncated.contents([100]))).toEqual([[], 'truncated'])

    const long = openToClient()
    const tooLarge = await quoted(long.client, long.provider)
    await long.provider.send(frame(testBytes(101)))
    expect(await readAll(tooLarge.contents([100]))).toEqual([[], 'message-too-large'])
    await long.provider.send()
    expect(long.provider.received.at(-1)).toEqual({ type: 'cancel', exchange: 1 })
  })

  it('after which another frame comes is too large', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    await provider.send(frame(testBytes(100)), frame(testBytes(1)), done)
    expect(await readAll(taking.contents([100]))).toEqual([[testBytes(100)], undefined])
    await expect(taking.deliveryWire()).rejects.toMatchObject({ code: 'message-too-large' })
  })

  it('that stalls ends in timeout, after some bytes in truncated, and the provider is told', async () => {
    for (const [frames, code] of [
      [[], 'timeout'],
      [[frame(testBytes(10))], 'truncated'],
    ] as const) {
      const { client, provider } = openToClient()
      const taking = await quoted(client, provider)
      await provider.send(...frames)
      const read = readAll(taking.contents([100]))
      await provider.clock.advance(5_000)
      expect(await read).toEqual([[], code])
      expect(provider.received.at(-1)).toEqual({ type: 'cancel', exchange: 1 })
    }
  })

  it('may be read as slowly as the reader likes', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    await provider.send(frame(testBytes(100)), frame(testBytes(100)), done)
    await provider.clock.advance(60_000)
    const contents = taking.contents([100, 100])[Symbol.asyncIterator]()
    await contents.next()
    await provider.clock.advance(60_000)
    expect((await contents.next()).done).toBe(false)
  })

  it('whose peer leaves is truncated', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    await provider.send(frame(testBytes(10)))
    await provider.close()
    expect(await readAll(taking.contents([100]))).toEqual([[], 'truncated'])
    expect(client.isOpen).toBe(false)
  })

  it('that is given up, by its reader, its owner or its signal, is cancelled once', async () => {
    const controller = new AbortController()
    const endings: ((taking: OpenTake) => Promise<void>)[] = [
      async (taking) => {
        for await (const content of taking.contents([100, 100])) if (content.length > 0) break
      },
      async (taking) => {
        taking.cancel()
        taking.cancel()
        await readAll(taking.contents([100, 100]))
      },
      async (taking) => {
        const read = readAll(taking.contents([100, 100]))
        controller.abort()
        await read
      },
    ]
    for (const end of endings) {
      const { client, provider } = openToClient()
      const taking = await quoted(client, provider, { delivery: controller.signal })
      await provider.send(frame(testBytes(100)))
      await end(taking)
      await expect(taking.deliveryWire()).rejects.toMatchObject({ code: 'aborted' })
      await provider.send(frame(testBytes(100)))
      expect(provider.received.filter(({ type }) => type === 'cancel')).toHaveLength(1)
    }
  })

  it('lets the provider send on only when the contexts are read', async () => {
    const { client, provider } = openToClient({ creditBytes: 1_000 })
    const taking = await quoted(client, provider)
    await provider.send(frame(testBytes(600)), frame(testBytes(400)))
    expect(provider.received).toHaveLength(1)
    const contents = taking.contents([500, 1_100])[Symbol.asyncIterator]()
    await contents.next()
    await provider.send()
    expect(provider.received.slice(1)).toEqual([{ type: 'window', exchange: 1, creditBytes: 600 }])
    await provider.send(frame(testBytes(600)))
    expect(client.isOpen).toBe(true)
    await provider.send(frame(testBytes(1)))
    expect(client.isOpen).toBe(false)
    expect(await readAll({ [Symbol.asyncIterator]: () => contents })).toMatchObject([
      [{ length: 1_100 }],
      undefined,
    ])
  })

  it.each<[string, readonly ProviderMessage[], string]>([
    ['a frame before the quote', [frame(testBytes(1))], 'bad-encoding'],
    ['an end before the quote', [done], 'bad-encoding'],
    ['an answer to something else', [{ type: 'acked', exchange: 1 }], 'bad-encoding'],
    ['an answer to what was not asked', [{ type: 'acked', exchange: 7 }], 'bad-encoding'],
    ['a refusal of the stream', [{ ...refusal, exchange: 0 }], 'payment-required'],
  ])('that is answered with %s loses the stream', async (_, messages, code) => {
    const { client, provider } = openToClient()
    const taking = client.take(take, { quote: never, delivery: undefined })
    const failed = expect(taking).rejects.toMatchObject({ code })
    await provider.send(...messages)
    await failed
    expect(client.isOpen).toBe(false)
    expect(provider.isClosed).toBe(true)
  })

  it('that is quoted twice loses the stream', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    await provider.send(quote)
    expect(await readAll(taking.contents([1]))).toEqual([[], 'bad-encoding'])
    expect(client.isOpen).toBe(false)
  })
})

describe('vouchers', () => {
  const voucher = { type: 'voucher', exchange: 1, reserve, ...voucherOf(10) }

  it('go to the provider during the take and after it', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    taking.pay(voucherOf(10))
    await provider.send(done)
    taking.pay(voucherOf(10))
    await provider.send()
    expect(provider.received.slice(1)).toEqual([voucher, voucher])
  })

  it('are one for each context and four to spare', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    for (let amount = 1; amount <= 6; amount++) taking.pay(voucherOf(amount))
    expect(() => taking.pay(voucherOf(7))).toThrow(expect.objectContaining({ code: 'rate-limited' }))
  })

  it('say so when the stream is closed', async () => {
    const { client, provider } = openToClient()
    const taking = await quoted(client, provider)
    await provider.close()
    expect(() => taking.pay(voucherOf(1))).toThrow(expect.objectContaining({ code: 'not-connected' }))
  })

  it('of their own are acknowledged or refused', async () => {
    const { client, provider } = openToClient()
    const sent = client.sendVoucher(reserve, voucherOf(10), never)
    await provider.send({ type: 'acked', exchange: 1 })
    await sent
    expect(provider.received).toEqual([voucher])
    const refused = client.sendVoucher(reserve, voucherOf(10), never)
    const failed = expect(refused).rejects.toMatchObject({ code: 'payment-required' })
    await provider.send({ ...refusal, exchange: 2 })
    await failed
  })

  it('without an amount are of no reserve', async () => {
    const { client } = openToClient()
    const ack = { amount: undefined, signature: testBytes(64) }
    await expect(client.sendVoucher(reserve, ack, never)).rejects.toMatchObject({ code: 'bad-input' })
  })
})

describe('a session', () => {
  it('is opened on the provider’s terms', async () => {
    const { client, provider } = openToClient()
    const opening = { reserveWire: testBytes(400), certificateWire: undefined }
    const terms = { creditLine: toMicroTokens(4n), vouched: toMicroTokens(5n), standing: undefined }
    const opened = client.openSession(opening, never)
    await provider.send({ type: 'opened', exchange: 1, ...terms })
    expect(await opened).toEqual(terms)
    expect(provider.received).toEqual([{ type: 'open', exchange: 1, ...opening }])
  })

  it('that is answered with something else is not opened', async () => {
    const { client, provider } = openToClient()
    const opening = { reserveWire: testBytes(400), certificateWire: undefined }
    const opened = client.openSession(opening, never)
    const failed = expect(opened).rejects.toMatchObject({ code: 'bad-encoding' })
    await provider.send({ type: 'acked', exchange: 1 })
    await failed
  })
})

describe('a stream', () => {
  it('carries 64 exchanges at once, those included that were given up', async () => {
    const { client, provider } = openToClient()
    const given = new AbortController()
    const asked = Array.from({ length: 64 }, () => client.sendVoucher(reserve, voucherOf(1), given.signal))
    given.abort()
    await Promise.allSettled(asked)
    await expect(client.sendVoucher(reserve, voucherOf(1), never)).rejects.toMatchObject({
      code: 'rate-limited',
    })
    await provider.send({ ...refusal, exchange: 1 })
    const next = client.sendVoucher(reserve, voucherOf(1), never)
    await provider.send({ type: 'acked', exchange: 65 })
    await next
  })

  it('that is retired closes as soon as nothing is under way', async () => {
    const { client, provider } = openToClient()
    await quoted(client, provider)
    client.retire()
    expect(client.isOpen).toBe(false)
    await provider.send()
    expect(provider.isClosed).toBe(false)
    await provider.send(done)
    expect(provider.isClosed).toBe(true)
  })
})
