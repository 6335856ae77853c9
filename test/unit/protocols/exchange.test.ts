import { describe, expect, it } from 'vitest'
import { encodeCbor, type CborValue } from '../../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../../src/domain/kernel/errors.ts'
import {
  encodeExchange,
  encodeRefusal,
  encodeStreamRefusal,
  parseAnswer,
  parseRequest,
  refusalToError,
} from '../../../src/protocols/exchange.ts'
import { createFrameDecoder } from '../../../src/protocols/framing.ts'
import { createRequester } from '../../../src/protocols/requester.ts'
import { createResponder } from '../../../src/protocols/responder.ts'
import { expectRefusal } from '../../support/ledger.ts'

const body = Uint8Array.of(1, 2, 3)
const unframe = (frame: Uint8Array): Uint8Array =>
  createFrameDecoder(100_000).push(frame)[0] ?? new Uint8Array()

describe('an exchange', () => {
  it('carries a request and its answer', () => {
    expect(parseRequest(unframe(encodeExchange(7, body)), 3)).toEqual({ exchange: 7, body })
    expect(parseAnswer(unframe(encodeExchange(7, body)), 3)).toEqual({ type: 'answer', exchange: 7, body })
  })

  it('carries a refusal, with a code of later versions as internal and a long message cut', () => {
    const refusal = parseAnswer(unframe(encodeRefusal(9, 'not-found', 'x'.repeat(1_000))), 3)
    expect(refusal).toEqual({ type: 'refusal', exchange: 9, code: 'not-found', message: 'x'.repeat(300) })
    const unknown = parseAnswer(encodeCbor([1, 'from-the-future', 'Who knows']), 3)
    expect(unknown).toMatchObject({ code: 'internal', message: 'Who knows' })
    const whole = parseAnswer(unframe(encodeStreamRefusal(new LoremeshError('bad-encoding', 'Garbage'))), 3)
    expect(whole).toMatchObject({ exchange: 0, code: 'bad-encoding' })
  })

  it('aborts nothing by a refusal', () => {
    expect(refusalToError('aborted', 'Stopped').code).toBe('internal')
    expect(refusalToError('not-found', 'Gone').code).toBe('not-found')
  })

  it.each<[string, CborValue]>([
    ['no array', 1],
    ['no body', [1]],
    ['number 0', [0, body]],
    ['a negative number', [-1, body]],
    ['a text for a body', [1, 'text']],
    ['an empty body', [1, new Uint8Array()]],
    ['too much', [1, body, body, body]],
  ])('with %s is refused', (_, value) => {
    expectRefusal(() => parseRequest(encodeCbor(value), 10), 'bad-encoding')
  })

  it('with too large a body is refused before it is decoded', () => {
    expectRefusal(() => parseRequest(new Uint8Array(1_000), 10), 'message-too-large')
    expectRefusal(() => parseAnswer(new Uint8Array(100_000), 10), 'message-too-large')
  })
})

describe('a responder', () => {
  const limits = { maxRequestBytes: 100, maxAnswerBytes: 100, maxInFlight: 2 }

  /** A responder with the answers that it sent. */
  function open(answer: (body: Uint8Array) => Promise<Uint8Array>, mayAsk = () => true) {
    const sent: unknown[] = []
    const responder = createResponder(
      { answer, mayAsk, send: (frame) => sent.push(parseAnswer(unframe(frame), 1_000)) },
      limits,
    )
    return { sent, ask: (exchange: number) => responder.onFrame(unframe(encodeExchange(exchange, body))) }
  }

  it('answers exchanges as they get ready, not as they came', async () => {
    const waiting: ((body: Uint8Array) => void)[] = []
    const { sent, ask } = open(() => new Promise((resolve) => waiting.push(resolve)))
    ask(1)
    ask(2)
    waiting[1]?.(Uint8Array.of(22))
    await Promise.resolve()
    waiting[0]?.(Uint8Array.of(11))
    await expect.poll(() => sent).toHaveLength(2)
    expect(sent).toMatchObject([
      { exchange: 2, body: Uint8Array.of(22) },
      { exchange: 1, body: Uint8Array.of(11) },
    ])
  })

  it('names what a handler refuses, and hides what it stumbles over', async () => {
    const errors = [new LoremeshError('not-found', 'Gone'), new Error('/secret/path'), undefined]
    const { sent, ask } = open(() => {
      const error = errors.shift()
      return error === undefined ? Promise.resolve(new Uint8Array(101)) : Promise.reject(error)
    })
    ask(1)
    await expect.poll(() => sent).toHaveLength(1)
    ask(2)
    await expect.poll(() => sent).toHaveLength(2)
    ask(3)
    await expect.poll(() => sent).toHaveLength(3)
    const hidden = { code: 'internal', message: 'The peer could not answer' }
    expect(sent).toMatchObject([{ code: 'not-found', message: 'Gone' }, hidden, hidden])
  })

  it('refuses more than it works on at a time, and whoever asks too often', () => {
    const busy = open(() => new Promise(() => undefined))
    busy.ask(1)
    busy.ask(2)
    busy.ask(3)
    expect(busy.sent).toMatchObject([{ exchange: 3, code: 'rate-limited' }])
    const strict = open(
      () => new Promise(() => undefined),
      () => false,
    )
    strict.ask(1)
    expect(strict.sent).toMatchObject([{ exchange: 1, code: 'rate-limited' }])
  })

  it('takes a number that is in use for a breach of the protocol', () => {
    const { ask } = open(() => new Promise(() => undefined))
    ask(1)
    expectRefusal(() => ask(1), 'bad-encoding')
  })
})

describe('a requester', () => {
  /** A requester with the requests that it sent. */
  function open() {
    const sent: { readonly exchange: number; readonly body: Uint8Array }[] = []
    const requester = createRequester(
      { send: (frame) => sent.push(parseRequest(unframe(frame), 100)) },
      { maxAnswerBytes: 100 },
    )
    return { requester, sent }
  }
  const answer = (exchange: number, value: number) => unframe(encodeExchange(exchange, Uint8Array.of(value)))

  it('gives the words of a refusal as one line that reorders nothing around it', async () => {
    const { requester } = open()
    const refused = requester.request(body)
    const whole = (): void => requester.onFrame(unframe(encodeRefusal(0, 'forbidden', 'a\u2066b')))
    requester.onFrame(unframe(encodeRefusal(1, 'not-found', ' No\n\u202esuch\u0000thing')))
    await expect(refused).rejects.toMatchObject({ code: 'not-found', message: 'No such thing' })
    expect(whole).toThrow('The peer closed the stream: a b')
  })

  it('tells answers apart by their numbers, in whatever order they come', async () => {
    const { requester, sent } = open()
    const first = requester.request(body)
    const second = requester.request(body)
    expect(sent.map(({ exchange }) => exchange)).toEqual([1, 2])
    requester.onFrame(answer(2, 22))
    requester.onFrame(unframe(encodeRefusal(1, 'not-found', 'Nothing there')))
    expect(await second).toEqual(Uint8Array.of(22))
    await expect(first).rejects.toMatchObject({ code: 'not-found', message: 'Nothing there' })
    expect(requester.waiting).toBe(0)
  })

  it('takes no answer that was not asked for, or twice, and says why the stream was closed', async () => {
    const { requester } = open()
    expectRefusal(() => requester.onFrame(answer(1, 0)), 'bad-encoding')
    const asked = requester.request(body)
    requester.onFrame(answer(1, 1))
    await asked
    expectRefusal(() => requester.onFrame(answer(1, 1)), 'bad-encoding')
    const closing = encodeStreamRefusal(new LoremeshError('rate-limited', 'Too much'))
    expectRefusal(() => requester.onFrame(unframe(closing)), 'rate-limited')
  })

  it('fails what waits and everything later once it has ended, for the first reason', async () => {
    const { requester } = open()
    const waiting = requester.request(body)
    requester.end(new LoremeshError('truncated', 'Cut'))
    requester.end(new LoremeshError('internal', 'Later'))
    await expect(waiting).rejects.toMatchObject({ code: 'truncated' })
    await expect(requester.request(body)).rejects.toMatchObject({ code: 'truncated' })
  })

  it('lets no more than 64 requests wait', async () => {
    const { requester, sent } = open()
    const asked = Array.from({ length: 64 }, () => requester.request(body))
    await expect(requester.request(body)).rejects.toMatchObject({ code: 'rate-limited' })
    for (const { exchange } of sent) requester.onFrame(answer(exchange, 1))
    await Promise.all(asked)
    expect(sent).toHaveLength(64)
  })
})
