import { describe, expect, it, vi } from 'vitest'
import { LoremeshError } from '../../../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../../../src/domain/kernel/micro-tokens.ts'
import type { SessionTerms } from '../../../../src/ports/network.ts'
import {
  MAX_CREDIT_BYTES,
  type ProviderMessage,
  type RequesterMessage,
} from '../../../../src/protocols/fetch.ts'
import { testBytes } from '../../../support/test-contexts.ts'
import { openToServer, payer, reserve, serving, take, voucherOf } from './fetch-fixture.ts'

const takeMessage = (exchange: number, creditBytes = 1_000_000): RequesterMessage => ({
  type: 'take',
  exchange,
  ...take,
  creditBytes,
})
const voucherMessage = (exchange: number, amount: number): RequesterMessage => {
  const { signature } = voucherOf(amount)
  return { type: 'voucher', exchange, reserve, amount: toMicroTokens(BigInt(amount)), signature }
}
const typesOf = (messages: readonly ProviderMessage[]): string[] => messages.map(({ type }) => type)
const payloadOf = (messages: readonly ProviderMessage[]): Uint8Array =>
  Uint8Array.from(messages.flatMap((message) => (message.type === 'frame' ? [...message.payload] : [])))

/** Contents that are given one by one, by hand. */
function contentsByHand() {
  let give: (content: Uint8Array) => void = () => undefined
  const closed = vi.fn(() => Promise.resolve({ done: true as const, value: undefined }))
  const next = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve) => {
      give = (value) => resolve({ done: false, value })
    })
  const iterator: AsyncIterableIterator<Uint8Array> = {
    next,
    return: closed,
    [Symbol.asyncIterator]: () => iterator,
  }
  return { iterator, closed, give: (content: Uint8Array) => give(content) }
}

describe('a session', () => {
  it('is opened on the handler’s terms', async () => {
    const terms: SessionTerms = {
      creditLine: toMicroTokens(4_000_000n),
      vouched: toMicroTokens(5n),
      standing: testBytes(900),
    }
    const onSession = vi.fn(() => Promise.resolve(terms))
    const requester = openToServer({ onSession })
    const [reserveWire, certificateWire] = [testBytes(400), testBytes(300)]
    await requester.send({ type: 'open', exchange: 1, reserveWire, certificateWire })
    await requester.send({ type: 'open', exchange: 2, reserveWire, certificateWire: undefined })
    expect(onSession.mock.calls).toEqual([
      [{ reserveWire, certificateWire }, payer],
      [{ reserveWire, certificateWire: undefined }, payer],
    ])
    expect(requester.received).toEqual([1, 2].map((exchange) => ({ type: 'opened', exchange, ...terms })))
  })

  it('is refused with what the handler throws', async () => {
    const requester = openToServer({
      onSession: () => Promise.reject(new LoremeshError('account-frozen', 'It forked')),
    })
    await requester.send({ type: 'open', exchange: 1, reserveWire: testBytes(9), certificateWire: undefined })
    expect(requester.received).toEqual([
      { type: 'refusal', exchange: 1, code: 'account-frozen', message: 'It forked' },
    ])
  })
})

describe('a take', () => {
  it('is answered with the quote, the contexts and the statement, without waiting for anything', async () => {
    const contents = [testBytes(40_000, 1), testBytes(10, 2), testBytes(20_000, 3)]
    const onTake = vi.fn(() => Promise.resolve(serving(contents)))
    const requester = openToServer({ onTake })
    await requester.send(takeMessage(1))
    expect(onTake.mock.calls).toEqual([[take, payer]])
    const [quote, ...rest] = requester.received
    expect(quote).toEqual({ type: 'quote', exchange: 1, quoteWire: testBytes(300) })
    expect(rest.at(-1)).toEqual({ type: 'done', exchange: 1, deliveryWire: testBytes(100) })
    expect(new Set(typesOf(rest.slice(0, -1)))).toEqual(new Set(['frame']))
    expect(Buffer.concat(contents).equals(payloadOf(rest))).toBe(true)
  })

  it('sends a context in full before the next one is there', async () => {
    const { iterator, give } = contentsByHand()
    const requester = openToServer({ onTake: () => Promise.resolve(serving(iterator)) })
    await requester.send(takeMessage(1))
    give(testBytes(17_000))
    await requester.clock.advance(0)
    expect(payloadOf(requester.received)).toEqual(testBytes(17_000))
  })

  it('that the handler refuses, at once or amid the contexts, ends with the reason', async () => {
    async function* unpaid(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(testBytes(5))
      throw new LoremeshError('payment-required', 'No voucher came')
    }
    const onTake = vi
      .fn()
      .mockRejectedValueOnce(new LoremeshError('not-found', 'Gone'))
      .mockResolvedValueOnce(serving(unpaid()))
    const requester = openToServer({ onTake })
    await requester.send(takeMessage(1))
    await requester.send(takeMessage(2))
    expect(requester.received).toEqual([
      { type: 'refusal', exchange: 1, code: 'not-found', message: 'Gone' },
      { type: 'quote', exchange: 2, quoteWire: testBytes(300) },
      { type: 'frame', exchange: 2, payload: testBytes(5) },
      { type: 'refusal', exchange: 2, code: 'payment-required', message: 'No voucher came' },
    ])
  })

  it('whose next context never comes ends in timeout and lets go of the contexts', async () => {
    const { iterator, closed } = contentsByHand()
    const requester = openToServer({ onTake: () => Promise.resolve(serving(iterator)) })
    await requester.send(takeMessage(1))
    await requester.clock.advance(9_999)
    expect(typesOf(requester.received)).toEqual(['quote'])
    await requester.clock.advance(1)
    expect(requester.received.at(-1)).toMatchObject({ type: 'refusal', code: 'timeout' })
    expect(closed).toHaveBeenCalledOnce()
  })

  it('that is cancelled, or whose stream closes, lets go of the contexts', async () => {
    const one = contentsByHand()
    const two = contentsByHand()
    const onTake = vi
      .fn()
      .mockResolvedValueOnce(serving(one.iterator))
      .mockResolvedValueOnce(serving(two.iterator))
    const requester = openToServer({ onTake })
    await requester.send(takeMessage(1), takeMessage(2))
    await requester.send({ type: 'cancel', exchange: 1 })
    expect(requester.received.at(-1)).toMatchObject({ type: 'refusal', exchange: 1, code: 'aborted' })
    expect(one.closed).toHaveBeenCalledOnce()
    await requester.close()
    expect(two.closed).toHaveBeenCalledOnce()
  })

  it('sends no more than was credited, and goes on when more is', async () => {
    const content = testBytes(60_000)
    const requester = openToServer({ onTake: () => Promise.resolve(serving([content])) })
    await requester.send(takeMessage(1, 20_000))
    expect(payloadOf(requester.received)).toHaveLength(16_256)
    await requester.send({ type: 'window', exchange: 1, creditBytes: 30_000 })
    expect(payloadOf(requester.received)).toHaveLength(3 * 16_256)
    await requester.send({ type: 'window', exchange: 1, creditBytes: 30_000 })
    expect(payloadOf(requester.received)).toEqual(content)
    expect(typesOf(requester.received).at(-1)).toBe('done')
  })

  it('that gets no credit ends in timeout', async () => {
    const requester = openToServer({ onTake: () => Promise.resolve(serving([testBytes(60_000)])) })
    await requester.send(takeMessage(1, 20_000))
    await requester.clock.advance(5_000)
    expect(requester.received.at(-1)).toMatchObject({ type: 'refusal', code: 'timeout' })
  })
})

describe('a voucher', () => {
  it('within a take lets the handler go on, and is not answered', async () => {
    let vouched: () => void = () => undefined
    const paid = new Promise<void>((resolve) => (vouched = resolve))
    async function* contents(): AsyncGenerator<Uint8Array> {
      yield testBytes(5, 1)
      await paid
      yield testBytes(5, 2)
    }
    const onVoucher = vi.fn(() => {
      vouched()
      return Promise.resolve()
    })
    const requester = openToServer({ onTake: () => Promise.resolve(serving(contents())), onVoucher })
    await requester.send(takeMessage(1))
    expect(typesOf(requester.received)).toEqual(['quote', 'frame'])
    await requester.send(voucherMessage(1, 10))
    expect(onVoucher.mock.calls).toEqual([[reserve, voucherOf(10), payer]])
    expect(typesOf(requester.received)).toEqual(['quote', 'frame', 'frame', 'done'])
  })

  it('for the last context comes after the take has ended', async () => {
    const onVoucher = vi.fn(() => Promise.resolve())
    const requester = openToServer({
      onTake: () => Promise.resolve(serving([testBytes(5)])),
      onVoucher,
    })
    await requester.send(takeMessage(1))
    await requester.send(voucherMessage(1, 10))
    expect(onVoucher).toHaveBeenCalledOnce()
    expect(typesOf(requester.received)).toEqual(['quote', 'frame', 'done'])
  })

  it('that the handler refuses ends its take', async () => {
    const { iterator } = contentsByHand()
    const requester = openToServer({
      onTake: () => Promise.resolve(serving(iterator)),
      onVoucher: () => Promise.reject(new LoremeshError('bad-signature', 'Forged')),
    })
    await requester.send(takeMessage(1))
    await requester.send(voucherMessage(1, 10))
    expect(requester.received.at(-1)).toMatchObject({ type: 'refusal', exchange: 1, code: 'bad-signature' })
  })

  it('of a new exchange is acknowledged, or refused', async () => {
    const onVoucher = vi
      .fn()
      .mockResolvedValueOnce(undefined)
      .mockRejectedValueOnce(new LoremeshError('expired', 'Too late'))
    const requester = openToServer({ onVoucher })
    await requester.send(voucherMessage(1, 10), voucherMessage(2, 20))
    expect(requester.received).toEqual([
      { type: 'acked', exchange: 1 },
      { type: 'refusal', exchange: 2, code: 'expired', message: 'Too late' },
    ])
  })

  it('beyond what its take needs ends the stream', async () => {
    const requester = openToServer({
      onTake: () => Promise.resolve(serving([testBytes(5)])),
      onVoucher: () => Promise.resolve(),
    })
    await requester.send(takeMessage(1))
    for (let amount = 1; amount <= 6; amount++) await requester.send(voucherMessage(1, amount))
    expect(typesOf(requester.received)).toEqual(['quote', 'frame', 'done'])
    await requester.send(voucherMessage(1, 7))
    expect(requester.received.at(-1)).toMatchObject({ type: 'refusal', exchange: 0, code: 'rate-limited' })
    expect(requester.isClosed).toBe(true)
  })
})

describe('a stream', () => {
  it.each<[string, RequesterMessage]>([
    ['an exchange is begun twice', takeMessage(1)],
    ['an exchange is begun out of order', takeMessage(4)],
    ['credit is given to what was never begun', { type: 'window', exchange: 9, creditBytes: 1 }],
    ['something is cancelled that was never begun', { type: 'cancel', exchange: 9 }],
    ['too much credit is given', { type: 'window', exchange: 5, creditBytes: MAX_CREDIT_BYTES }],
  ])('ends when %s', async (_, message) => {
    const { iterator } = contentsByHand()
    const requester = openToServer({ onTake: () => Promise.resolve(serving(iterator)) })
    await requester.send(takeMessage(1), takeMessage(5))
    expect(requester.isClosed).toBe(false)
    await requester.send(message)
    expect(requester.received.at(-1)).toMatchObject({ type: 'refusal', exchange: 0, code: 'bad-encoding' })
    expect(requester.isClosed).toBe(true)
  })

  it('takes what crosses with the end of its exchange', async () => {
    const requester = openToServer({ onTake: () => Promise.resolve(serving([testBytes(5)])) })
    await requester.send(takeMessage(1))
    await requester.send({ type: 'window', exchange: 1, creditBytes: 1 }, { type: 'cancel', exchange: 1 })
    await requester.send(takeMessage(2))
    expect(typesOf(requester.received)).toEqual(['quote', 'frame', 'done', 'quote', 'frame', 'done'])
  })

  it('works on a few exchanges at once and refuses more, until one has ended', async () => {
    const { iterator } = contentsByHand()
    const requester = openToServer({ onTake: () => Promise.resolve(serving(iterator)) }, { maxInFlight: 2 })
    await requester.send(takeMessage(1), takeMessage(2))
    await requester.send(takeMessage(3))
    expect(requester.received.at(-1)).toMatchObject({ type: 'refusal', exchange: 3, code: 'rate-limited' })
    await requester.send({ type: 'cancel', exchange: 1 })
    await requester.send(takeMessage(4))
    expect(requester.received.at(-1)).toMatchObject({ type: 'quote', exchange: 4 })
  })
})
