import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hashText } from '../../src/domain/content/context-hash.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { openEntry } from '../../src/domain/ledger/entry-builders.ts'
import { parseEntry, signEntry } from '../../src/domain/ledger/entry-codec.ts'
import { digestToEntryHash } from '../../src/domain/ledger/entry.ts'
import type { GossipMessage } from '../../src/ports/network.ts'
import { encodeExchange, parseAnswer } from '../../src/protocols/exchange.ts'
import {
  CREDIT_BYTES,
  encodeFetchMessage,
  FETCH_PROTOCOL,
  parseProviderMessage,
} from '../../src/protocols/fetch.ts'
import { GOSSIP_TOPICS } from '../../src/protocols/gossip.ts'
import { encodeLedgerGossip } from '../../src/protocols/ledger-gossip.ts'
import { encodeLedgerRequest, LEDGER_PROTOCOL } from '../../src/protocols/ledger.ts'
import { encodeSearchRequest, SEARCH_PROTOCOL } from '../../src/protocols/search.ts'
import { encodeTrackerRequest, TRACKER_PROTOCOL } from '../../src/protocols/tracker.ts'
import { newIdentity, startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { startRawPeer, type RawPeer, type RawStream } from '../support/node-peer-raw.ts'
import { createHonestTrade, type HonestTrade } from '../support/node-peer-trade.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { testBytes } from '../support/test-contexts.ts'

const MAX_ANSWER_BYTES = 1_048_576
const protocols = [SEARCH_PROTOCOL, FETCH_PROTOCOL, TRACKER_PROTOCOL, LEDGER_PROTOCOL]

let server: TestServer
let seller: NodePeer
let buyer: NodePeer
let hostile: RawPeer
let honest: HonestTrade
/** What the buyer was gossiped. */
const gossiped: GossipMessage[] = []

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false' })
  ;[seller, buyer, hostile] = await Promise.all([
    startNodePeer(server),
    startNodePeer(server, {
      intercept: (handlers) => ({
        onGossip(message, from, topic) {
          gossiped.push(message)
          return handlers.onGossip(message, from, topic)
        },
      }),
    }),
    startRawPeer(server),
  ])
  honest = createHonestTrade(seller, buyer)
})
afterAll(async () => {
  await Promise.all([seller.close(), buyer.close(), hostile.stop()])
  await server.stop()
})
afterEach(async () => {
  await honest.trade()
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
})

/** A stream to whoever serves the protocol: the server its own, the seller those of peers. */
async function open(protocol: string): Promise<RawStream> {
  const [tracker] = hostile.info.trackers
  const isServers = protocol === TRACKER_PROTOCOL || protocol === LEDGER_PROTOCOL
  return hostile.open(isServers && tracker !== undefined ? tracker : seller.identity.peerId, protocol)
}

interface Reply {
  readonly type: string
  readonly code?: string
}

/** The next answer on a stream of the protocol; undefined once it has ended. */
async function reply(stream: RawStream, protocol: string): Promise<Reply | undefined> {
  const frame = await stream.next()
  if (frame === undefined) return undefined
  return protocol === FETCH_PROTOCOL ? parseProviderMessage(frame) : parseAnswer(frame, MAX_ANSWER_BYTES)
}

describe.each(protocols)('on %s', (protocol) => {
  it('garbage is refused by name, and the stream is closed', async () => {
    const stream = await open(protocol)
    stream.send(Uint8Array.of(40), testBytes(40, 9))
    expect(await reply(stream, protocol)).toMatchObject({
      type: 'refusal',
      exchange: 0,
      code: 'bad-encoding',
    })
    expect(await reply(stream, protocol)).toBeUndefined()
  })

  it('an oversize frame is refused before it is read', async () => {
    const stream = await open(protocol)
    stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
    expect(await reply(stream, protocol)).toMatchObject({
      type: 'refusal',
      exchange: 0,
      code: 'message-too-large',
    })
    expect(await reply(stream, protocol)).toBeUndefined()
  })

  it('a frame that is never finished ends with its stream', async () => {
    const stream = await open(protocol)
    stream.send(Uint8Array.of(100, 1, 2, 3))
    await stream.close()
    // A peer says why, the server just ends the stream too.
    expect([undefined, 'truncated']).toContain((await reply(stream, protocol))?.code)
    expect(await reply(stream, protocol)).toBeUndefined()
  })

  it('a thousand requests at once are answered or rate-limited', async () => {
    const stream = await open(protocol)
    for (let exchange = 1; exchange <= 1_000; exchange++) stream.send(requestOf(protocol, exchange))
    const replies = new Map<string, number>()
    for (let answered = 0; answered < 1_000; answered++) {
      const answer = await reply(stream, protocol)
      const kind = answer?.code ?? answer?.type ?? 'closed'
      replies.set(kind, (replies.get(kind) ?? 0) + 1)
    }
    const served = protocol === FETCH_PROTOCOL ? 'not-found' : 'answer'
    expect([...replies.keys()].sort()).toEqual([served, 'rate-limited'].sort())
    expect(replies.get('rate-limited')).toBeGreaterThan(500)
    await stream.close()
  })
})

/** A well-formed request of the protocol. */
function requestOf(protocol: string, exchange: number): Uint8Array {
  switch (protocol) {
    case SEARCH_PROTOCOL: {
      const request = { question: 'What pulls the sea?', tags: [], vector: null, limit: 4 }
      return encodeExchange(exchange, encodeSearchRequest(request))
    }
    case FETCH_PROTOCOL:
      return encodeFetchMessage({
        type: 'take',
        exchange,
        requestId: testBytes(16, exchange),
        contexts: [hashText('unknown')],
        maxTokenCost: toMicroTokens(1_000_000n),
        reserve: digestToEntryHash(testBytes(32)),
        creditBytes: CREDIT_BYTES,
      })
    case TRACKER_PROTOCOL:
      return encodeExchange(exchange, encodeTrackerRequest({ type: 'peer-list', numwant: 10 }))
    default: {
      const { account } = hostile.identity
      return encodeExchange(exchange, encodeLedgerRequest({ type: 'head', account, fromSeq: 0 }))
    }
  }
}

it('gossip that is malformed, oversize or forged is not spread', async () => {
  const { pubsub } = hostile.node.services
  const liar = newIdentity()
  const opening = openEntry(liar.account, hostile.view.moment(), hostile.view.lookup())
  const { wire } = signEntry(liar, opening)
  const forged = parseEntry(wire.map((byte, at) => (at === wire.length - 1 ? byte ^ 1 : byte)))
  for (const topic of Object.values(GOSSIP_TOPICS)) {
    for (const length of [1, 100, 20_000]) await pubsub.publish(topic, testBytes(length, 5))
  }
  await pubsub.publish(GOSSIP_TOPICS.ledger, encodeLedgerGossip({ type: 'entry', signed: forged }))
  // Whatever comes next comes after it.
  gossiped.length = 0
  await honest.trade()
  await expect.poll(() => gossiped.filter((message) => message.type === 'certificate')).not.toHaveLength(0)
  const entries = gossiped.flatMap((message) => (message.type === 'entry' ? [message.signed.hash] : []))
  expect(entries).not.toContain(forged.hash)
})
