import { afterEach, describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { digestToEntryHash } from '../../src/domain/ledger/entry.ts'
import type { NetworkHandlers, SessionOpening, Serving, TakeRequest } from '../../src/ports/network.ts'
import { peerProtocols } from '../../src/protocols/protocol-limits.ts'
import { testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, type TestPeer, type TestPeerOptions } from '../support/libp2p-peers.ts'
import { sameContents, testBytes, testDescriptor, testHash } from '../support/test-contexts.ts'

const bed = createTestBed()
afterEach(() => bed.stopAll())

const reserve = digestToEntryHash(testBytes(32, 8))
const request: TakeRequest = {
  requestId: testBytes(16),
  contexts: [testHash(1), testHash(2)],
  maxTokenCost: toMicroTokens(123_456_789_012_345n),
  reserve,
}
const opening: SessionOpening = { reserveWire: testBytes(200), certificateWire: testBytes(250) }
const voucher = { amount: toMicroTokens(5n), signature: testBytes(64) }

/** A provider with these handlers, and a client that is linked to it. */
async function startPair(
  own: Partial<NetworkHandlers>,
  {
    client = {},
    provider = {},
  }: { readonly client?: TestPeerOptions; readonly provider?: TestPeerOptions } = {},
): Promise<{ client: TestPeer; provider: PeerId }> {
  const relay = addressOf(await bed.startRelay())
  const [asking, serving] = await Promise.all([
    bed.startPeer(testIdentity(1), relay, {}, client),
    bed.startPeer(testIdentity(2), relay, own, provider),
  ])
  const provides = serving.identity.peerId
  expect((await asking.network.connect(provides, [])).kind).toBe('webrtc')
  return { client: asking, provider: provides }
}

function serving(contents: readonly Uint8Array[], deliveryWire = testBytes(100)): Serving {
  async function* each(): AsyncGenerator<Uint8Array> {
    for (const content of contents) yield await Promise.resolve(content)
  }
  return { quoteWire: testBytes(500), contents: each(), deliveryWire: () => deliveryWire }
}

const deliver = (contents: readonly Uint8Array[]): Partial<NetworkHandlers> => ({
  onTake: () => Promise.resolve(serving(contents)),
})

const sizesOf = (contents: readonly Uint8Array[]): number[] => contents.map(({ length }) => length)

async function readAll(contents: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const read: Uint8Array[] = []
  for await (const content of contents) read.push(content)
  return read
}

describe('search', () => {
  test('a question reaches the provider as it was asked, and hits come back in order', async () => {
    const author = testIdentity(2)
    const seen: unknown[] = []
    const { client, provider } = await startPair({
      onSearch: (asked, from) => {
        seen.push([asked, from])
        return Promise.resolve(
          [1, 2, 3].map((n) => ({
            descriptor: testDescriptor(author, n),
            snippet: `passage ${n}`,
            termCounts: [n, 0],
          })),
        )
      },
    })
    const asked = { question: 'Wie geht das?', tags: ['a'], vector: null, limit: 2 }
    const hits = await client.network.search(provider, asked)
    expect(seen).toEqual([[asked, client.identity.peerId]])
    expect(hits.map(({ snippet }) => snippet)).toEqual(['passage 1', 'passage 2'])
    expect(hits[0]?.descriptor.descriptor).toEqual(testDescriptor(author, 1).descriptor)
  })

  test('a handler that fails is a refusal that tells nothing of its insides', async () => {
    const { client, provider } = await startPair({ onSearch: () => Promise.reject(new Error('secret path')) })
    const search = client.network.search(provider, { question: 'why', tags: [], vector: null, limit: 1 })
    await expect(search).rejects.toMatchObject({ code: 'internal', message: 'The peer could not answer' })
  })

  test('too many questions are refused as such, and later ones are answered again', async () => {
    const rate = { ...peerProtocols.search.rate, ofOne: { burst: 3, perSecond: 20 } }
    const limits = { protocols: { ...peerProtocols, search: { ...peerProtocols.search, rate } } }
    const { client, provider } = await startPair({}, { provider: { limits } })
    const search = () =>
      client.network.search(provider, { question: 'why', tags: [], vector: null, limit: 1 })
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(search))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'rate-limited' })
    await expect.poll(search, { interval: 100 }).toEqual([])
  })

  test('a provider that does not answer ends in a timeout', async () => {
    const { client, provider } = await startPair(
      { onSearch: () => new Promise(() => undefined) },
      { client: { limits: { answerTimeoutMs: 300 } } },
    )
    const search = client.network.search(provider, { question: 'why', tags: [], vector: null, limit: 1 })
    await expect(search).rejects.toMatchObject({ code: 'timeout' })
  })
})

describe('fetch', () => {
  test('a session is opened, contexts are taken and paid within it, and a voucher is repeated', async () => {
    const terms = {
      creditLine: toMicroTokens(4_000_000n),
      vouched: toMicroTokens(7n),
      standing: testBytes(900),
    }
    const seen: unknown[] = []
    const contents = [testBytes(2_000, 1), testBytes(3_000, 2)]
    const { client, provider } = await startPair({
      onSession: (...asked) => {
        seen.push(asked)
        return Promise.resolve(terms)
      },
      onTake: (...asked) => {
        seen.push(asked)
        return Promise.resolve(serving(contents))
      },
      onVoucher: (...vouched) => {
        seen.push(vouched)
        return Promise.resolve()
      },
    })
    const me = client.identity.peerId
    expect(await client.network.openSession(provider, opening)).toEqual(terms)
    const taking = await client.network.take(provider, request)
    expect(taking.quoteWire).toEqual(testBytes(500))
    expect(await readAll(taking.contents([2_000, 3_000]))).toEqual(contents)
    await taking.pay(voucher)
    expect(await taking.deliveryWire()).toEqual(testBytes(100))
    await client.network.sendVoucher(provider, reserve, voucher)
    expect(seen).toEqual([
      [opening, me],
      [request, me],
      [reserve, voucher, me],
      [reserve, voucher, me],
    ])
  })

  test('a provider that waits for vouchers goes on with each', async () => {
    const contents = [1, 2, 3].map((n) => testBytes(1_000, n))
    let vouched = 0n
    let onVouched: () => void = () => undefined
    async function* paidOneByOne(): AsyncGenerator<Uint8Array> {
      for (const [at, content] of contents.entries()) {
        yield content
        while (vouched <= BigInt(at)) await new Promise<void>((resolve) => (onVouched = resolve))
      }
    }
    const { client, provider } = await startPair({
      onTake: () => Promise.resolve({ ...serving([]), contents: paidOneByOne() }),
      onVoucher: (_reserve, { amount }) => {
        vouched = amount ?? 0n
        onVouched()
        return Promise.resolve()
      },
    })
    const taking = await client.network.take(provider, request)
    const received: Uint8Array[] = []
    for await (const content of taking.contents([1_000, 1_000, 1_000])) {
      received.push(content)
      await taking.pay({ ...voucher, amount: toMicroTokens(BigInt(received.length)) })
    }
    expect(received).toEqual(contents)
    await expect.poll(() => vouched).toBe(3n)
  })

  test('what a handler throws comes back with its code', async () => {
    const { client, provider } = await startPair({
      onSession: () => Promise.reject(new LoremeshError('bad-certificate', 'Not certified')),
      onTake: () => Promise.reject(new LoremeshError('not-found', 'Gone')),
      onVoucher: () => Promise.reject(new LoremeshError('bad-signature', 'Not yours')),
    })
    const { network } = client
    await expect(network.openSession(provider, opening)).rejects.toMatchObject({ code: 'bad-certificate' })
    await expect(network.take(provider, request)).rejects.toMatchObject({ code: 'not-found' })
    await expect(network.sendVoucher(provider, reserve, voucher)).rejects.toMatchObject({
      code: 'bad-signature',
    })
  })

  test('50 KB and 4 MB arrive unchanged, in the order of the quote, at the same time', async () => {
    const small = [testBytes(50_000, 7)]
    const large = Array.from({ length: 64 }, (_, n) => testBytes(n % 2 === 0 ? 65_536 : 65_535 - n, n))
    const { client, provider } = await startPair({
      onTake: ({ contexts }) => Promise.resolve(serving(contexts.length === 1 ? small : large)),
    })
    const takeAll = async (contents: readonly Uint8Array[]) => {
      const contexts = contents.map((_, n) => testHash(n))
      const taking = await client.network.take(provider, { ...request, contexts })
      return readAll(taking.contents(sizesOf(contents)))
    }
    const [a, b] = await Promise.all([takeAll(small), takeAll(large)])
    expect(sameContents(a, small)).toBe(true)
    expect(sameContents(b, large)).toBe(true)
  })

  test('more bytes than were quoted end in message-too-large, fewer in truncated', async () => {
    const { client, provider } = await startPair(deliver([testBytes(1_000)]))
    const takeOf = async (sizeBytes: number) => {
      const taking = await client.network.take(provider, request)
      return readAll(taking.contents([sizeBytes]))
    }
    await expect(takeOf(999)).rejects.toMatchObject({ code: 'message-too-large' })
    await expect(takeOf(1_001)).rejects.toMatchObject({ code: 'truncated' })
    expect(await takeOf(1_000)).toEqual([testBytes(1_000)])
  })

  test('a take that is given up ends at once and leaves the stream usable', async () => {
    let onStarted: () => void = () => undefined
    const started = new Promise<void>((resolve) => (onStarted = resolve))
    let asked = 0
    const { client, provider } = await startPair({
      onTake: () => {
        asked += 1
        if (asked > 1) return Promise.resolve(serving([testBytes(1_000)]))
        onStarted()
        return new Promise(() => undefined)
      },
    })
    const given = new AbortController()
    const taking = client.network.take(provider, request, given.signal)
    await started
    given.abort()
    await expect(taking).rejects.toMatchObject({ code: 'aborted' })
    const next = await client.network.take(provider, request)
    expect(await readAll(next.contents([1_000]))).toEqual([testBytes(1_000)])
  })

  test('a peer that leaves mid-way ends in truncated', async () => {
    const contents = Array.from({ length: 200 }, (_, n) => testBytes(65_536, n))
    const { client, provider } = await startPair(deliver(contents), {
      client: { limits: { creditBytes: 65_536 } },
    })
    const taking = await client.network.take(provider, request)
    let received = 0
    const reading = async () => {
      for await (const content of taking.contents(sizesOf(contents))) {
        received += content.length
        if (received > 1_000_000) void bed.stopAll()
      }
    }
    await expect(reading()).rejects.toMatchObject({ code: 'truncated' })
  })
})
