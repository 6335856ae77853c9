import type { Stream } from '@libp2p/interface'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RelayNode } from '../../signaling/relay.ts'
import { toLibp2pPeerId } from '../../src/adapters/network-libp2p/addresses.ts'
import type { SearchRequest, TakeRequest } from '../../src/ports/network.ts'
import { encodeExchange } from '../../src/protocols/exchange.ts'
import { encodeFetchMessage, FETCH_PROTOCOL } from '../../src/protocols/fetch.ts'
import { createFrameDecoder } from '../../src/protocols/framing.ts'
import { SEARCH_PROTOCOL } from '../../src/protocols/search.ts'
import { decodeCbor } from '../../src/domain/kernel/cbor.ts'
import { ZERO_TOKENS } from '../../src/domain/kernel/micro-tokens.ts'
import { digestToEntryHash } from '../../src/domain/ledger/entry.ts'
import { authority, testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, type TestPeer } from '../support/libp2p-peers.ts'
import { testBytes, testHash } from '../support/test-contexts.ts'

/** The relay plays the hostile peer: a plain libp2p node that is connected already. */
let hostile: RelayNode
let honest: TestPeer
let asked = 0

const bed = createTestBed()
beforeEach(async () => {
  asked = 0
  hostile = await bed.startRelay()
  honest = await bed.startPeer(
    testIdentity(1),
    addressOf(hostile),
    {
      onSearch: () => {
        asked++
        return Promise.resolve([])
      },
    },
    { limits: { stallMs: 200, answerTimeoutMs: 2_000 } },
  )
})
afterEach(() => bed.stopAll())

const question: SearchRequest = { question: 'why', tags: [], vector: null, limit: 1 }
const request: TakeRequest = {
  requestId: testBytes(16),
  contexts: [testHash(1)],
  maxTokenCost: ZERO_TOKENS,
  reserve: digestToEntryHash(testBytes(32)),
}

/** What the honest peer sends on a stream until it ends it. */
async function answerTo(protocol: string, bytes: Uint8Array): Promise<unknown[]> {
  const stream = await hostile.dialProtocol(toLibp2pPeerId(honest.identity.peerId), protocol)
  const decoder = createFrameDecoder(100_000)
  const answers: unknown[] = []
  stream.send(bytes)
  try {
    for await (const chunk of stream)
      answers.push(...decoder.push(chunk.subarray()).map((frame) => decodeCbor(frame)))
  } catch {
    // A reset ends the stream as well.
  }
  return answers
}

/** Answers whatever is asked in a protocol with these bytes. */
async function answerWith(protocol: string, act: (stream: Stream) => void): Promise<void> {
  await hostile.handle(protocol, (stream) => {
    stream.addEventListener('message', () => act(stream), { once: true })
  })
}

const search = () => honest.network.search(authority.peerId, question)

/** Takes a context of 40,000 bytes. */
async function take(): Promise<void> {
  const taking = await honest.network.take(authority.peerId, request)
  for await (const content of taking.contents([40_000])) expect(content).toHaveLength(40_000)
}

describe('a provider', () => {
  test.each([
    ['garbage', SEARCH_PROTOCOL, testBytes(64, 3), 'bad-encoding'],
    ['an oversize frame', SEARCH_PROTOCOL, Uint8Array.of(0xff, 0xff, 0xff, 0x7f), 'message-too-large'],
    ['garbage', FETCH_PROTOCOL, Uint8Array.of(3, 0x82, 0x01, 0x01), 'bad-encoding'],
    ['an oversize frame', FETCH_PROTOCOL, Uint8Array.of(0xff, 0xff, 0x7f), 'message-too-large'],
  ])('refuses %s on %s by name and closes the stream', async (_, protocol, bytes, code) => {
    const answers = await answerTo(protocol, bytes)
    const refusal =
      protocol === FETCH_PROTOCOL ? [11, 0, code, expect.any(String)] : [0, code, expect.any(String)]
    expect(answers).toEqual([refusal])
    expect(asked).toBe(0)
  })

  test('refuses a well-framed request that makes no sense, and goes on', async () => {
    const stream = await hostile.dialProtocol(toLibp2pPeerId(honest.identity.peerId), SEARCH_PROTOCOL)
    const frames = stream[Symbol.asyncIterator]()
    stream.send(encodeExchange(1, Uint8Array.of(0x01)))
    const first = await frames.next()
    expect(decodeFrame(first.value)).toEqual([1, 'bad-encoding', expect.any(String)])
    expect(asked).toBe(0)
    await stream.close()
  })
})

function decodeFrame(chunk: unknown): unknown {
  const bytes = (chunk as { subarray(): Uint8Array }).subarray()
  const [frame] = createFrameDecoder(100_000).push(bytes)
  return frame === undefined ? undefined : decodeCbor(frame)
}

describe('a client', () => {
  test('ends a search that is answered with garbage in bad-encoding', async () => {
    await answerWith(SEARCH_PROTOCOL, (stream) => stream.send(testBytes(64, 3)))
    await expect(search()).rejects.toMatchObject({ code: 'bad-encoding' })
  })

  test('ends a search that is answered with too much in message-too-large', async () => {
    await answerWith(SEARCH_PROTOCOL, (stream) => stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f)))
    await expect(search()).rejects.toMatchObject({ code: 'message-too-large' })
  })

  test('ends a search whose stream breaks within the answer in truncated', async () => {
    await answerWith(SEARCH_PROTOCOL, (stream) => {
      stream.send(Uint8Array.of(100, 1, 2, 3))
      void stream.close()
    })
    await expect(search()).rejects.toMatchObject({ code: 'truncated' })
  })

  test('ends a search in a protocol that the peer does not speak in unsupported', async () => {
    await expect(search()).rejects.toMatchObject({ code: 'unsupported' })
  })

  const quote = encodeFetchMessage({ type: 'quote', exchange: 1, quoteWire: testBytes(9) })
  const frame = encodeFetchMessage({ type: 'frame', exchange: 1, payload: testBytes(10_000) })

  test.each<[string, readonly Uint8Array[], string]>([
    ['that stops without a word', [quote, frame], 'truncated'],
    ['that never begins', [quote], 'timeout'],
    ['that nobody quotes', [], 'timeout'],
    ['that comes before its quote', [frame], 'bad-encoding'],
    ['under another exchange', [quote, encodeFetchMessage({ type: 'acked', exchange: 77 })], 'bad-encoding'],
  ])('ends a delivery %s by name', async (_, messages, code) => {
    await answerWith(FETCH_PROTOCOL, (stream) => messages.forEach((message) => stream.send(message)))
    await expect(take()).rejects.toMatchObject({ code })
  })

  test('ends a voucher that is answered with payload in message-too-large', async () => {
    await answerWith(FETCH_PROTOCOL, (stream) => stream.send(frame))
    const voucher = { amount: ZERO_TOKENS, signature: testBytes(64) }
    const sent = honest.network.sendVoucher(authority.peerId, request.reserve, voucher)
    await expect(sent).rejects.toMatchObject({ code: 'message-too-large' })
  })
})
