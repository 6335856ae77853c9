import { afterEach, describe, expect, test } from 'vitest'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import type { FetchRequest, NetworkHandlers, PaymentMessage } from '../../src/ports/network.ts'
import { testIdentity } from '../support/ledger.ts'
import { addressOf, createTestBed, type TestPeer, type TestPeerOptions } from '../support/libp2p-peers.ts'
import { sameContents, testBytes, testDescriptor, testHash } from '../support/test-contexts.ts'

const bed = createTestBed()
afterEach(() => bed.stopAll())

const request: FetchRequest = {
  requestId: testBytes(16),
  contexts: [testHash(1), testHash(2)],
  maxTokenCost: toMicroTokens(123_456_789_012_345n),
}
const payment: PaymentMessage = {
  quoteWire: testBytes(300),
  payWire: testBytes(200),
  certificateWire: testBytes(250),
}

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

const deliver = (contents: readonly Uint8Array[]): Partial<NetworkHandlers> => ({
  onPayment: () => Promise.resolve({ status: 'delivered', contents, deliveryWire: testBytes(100) }),
})

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
            score: 1 / n,
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
    const { client, provider } = await startPair(
      {},
      { provider: { limits: { searchRate: { burst: 3, perSecond: 20 } } } },
    )
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
  test('a request is answered with the quote, and the acknowledgement arrives', async () => {
    const seen: unknown[] = []
    const { client, provider } = await startPair({
      onFetchRequest: ({ requestId, contexts, maxTokenCost }, from) => {
        seen.push([{ requestId, contexts, maxTokenCost }, from])
        return Promise.resolve({ status: 'payment-required', quoteWire: testBytes(500) })
      },
      onAck: (invoice, ack, from) => {
        seen.push([invoice, ack, from])
        return Promise.resolve()
      },
    })
    const me = client.identity.peerId
    const reply = await client.network.requestQuote(provider, request)
    expect(reply).toEqual({ status: 'payment-required', quoteWire: testBytes(500) })
    await client.network.acknowledge(provider, testBytes(32), testBytes(64))
    expect(seen).toEqual([
      [request, me],
      [testBytes(32), testBytes(64), me],
    ])
  })

  test('what a handler refuses or throws comes back as a refusal with its code', async () => {
    const { client, provider } = await startPair({
      onFetchRequest: () => Promise.resolve({ status: 'refused', code: 'not-found', message: 'Gone' }),
      onPayment: () => Promise.reject(new LoremeshError('bad-certificate', 'Not certified')),
      onAck: () => Promise.reject(new LoremeshError('bad-signature', 'Not yours')),
    })
    const quote = await client.network.requestQuote(provider, request)
    expect(quote).toEqual({ status: 'refused', code: 'not-found', message: 'Gone' })
    const delivery = await client.network.pay(provider, payment, [10])
    expect(delivery).toEqual({ status: 'refused', code: 'bad-certificate', message: 'Not certified' })
    const ack = client.network.acknowledge(provider, testBytes(32), testBytes(64))
    await expect(ack).rejects.toMatchObject({ code: 'bad-signature' })
  })

  test('50 KB and 4 MB arrive unchanged, in the order of the quote, at the same time', async () => {
    const small = [testBytes(50_000, 7)]
    const large = Array.from({ length: 64 }, (_, n) => testBytes(n % 2 === 0 ? 65_536 : 65_535 - n, n))
    const { client, provider } = await startPair({
      onPayment: ({ payWire }) =>
        Promise.resolve({
          status: 'delivered',
          contents: payWire.length === 200 ? small : large,
          deliveryWire: payWire,
        }),
    })
    const progress: number[] = []
    const [a, b] = await Promise.all([
      client.network.pay(
        provider,
        payment,
        small.map(({ length }) => length),
      ),
      client.network.pay(
        provider,
        { ...payment, payWire: testBytes(201) },
        large.map(({ length }) => length),
        {
          onBytes: (received) => progress.push(received),
        },
      ),
    ])
    if (a.status !== 'delivered' || b.status !== 'delivered') throw new Error('refused')
    expect(a.deliveryWire).toEqual(testBytes(200))
    expect(sameContents(a.contents, small)).toBe(true)
    expect(sameContents(b.contents, large)).toBe(true)
    expect(progress.at(-1)).toBe(large.reduce((sum, { length }) => sum + length, 0))
  })

  test('more bytes than were quoted end in message-too-large, fewer in truncated', async () => {
    const { client, provider } = await startPair(deliver([testBytes(1_000)]))
    await expect(client.network.pay(provider, payment, [999])).rejects.toMatchObject({
      code: 'message-too-large',
    })
    await expect(client.network.pay(provider, payment, [1_001])).rejects.toMatchObject({ code: 'truncated' })
    const reply = await client.network.pay(provider, payment, [1_000])
    expect(reply.status).toBe('delivered')
  })

  test('a fetch that is given up ends at once and leaves the stream usable', async () => {
    let onStarted: () => void = () => undefined
    const started = new Promise<void>((resolve) => (onStarted = resolve))
    const { client, provider } = await startPair({
      ...deliver([testBytes(1_000)]),
      onFetchRequest: () => {
        onStarted()
        return new Promise(() => undefined)
      },
    })
    const given = new AbortController()
    const quote = client.network.requestQuote(provider, request, given.signal)
    await started
    given.abort()
    await expect(quote).rejects.toMatchObject({ code: 'aborted' })
    expect((await client.network.pay(provider, payment, [1_000])).status).toBe('delivered')
  })

  test('a peer that leaves mid-way ends in truncated', async () => {
    const { client, provider } = await startPair(
      deliver(Array.from({ length: 200 }, (_, n) => testBytes(65_536, n))),
      { client: { limits: { creditBytes: 65_536 } } },
    )
    const fetched = client.network.pay(
      provider,
      payment,
      Array.from({ length: 200 }, () => 65_536),
      {
        onBytes: (received) => {
          if (received > 1_000_000) void bed.stopAll()
        },
      },
    )
    await expect(fetched).rejects.toMatchObject({ code: 'truncated' })
  })
})
