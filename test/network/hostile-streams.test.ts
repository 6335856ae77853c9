import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { hashText } from '../../src/domain/content/context-hash.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { openEntry } from '../../src/domain/ledger/entry-builders.ts'
import { parseEntry, signEntry } from '../../src/domain/ledger/entry-codec.ts'
import { digestToEntryHash } from '../../src/domain/ledger/entry.ts'
import type { GossipMessage } from '../../src/ports/network.ts'
import { AUTHORITY_PROTOCOL, encodeAuthorityRequest } from '../../src/protocols/authority.ts'
import { BREACH_RATE } from '../../src/protocols/cut-off.ts'
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
import { ANNOUNCEMENTS_PROTOCOL, encodeAnnouncementsRequest } from '../../src/protocols/announcements.ts'
import { encodePeersRequest, PEERS_PROTOCOL } from '../../src/protocols/peers.ts'
import { peerProtocols, serverProtocols } from '../../src/protocols/protocol-limits.ts'
import { encodeSearchRequest, SEARCH_PROTOCOL } from '../../src/protocols/search.ts'
import { encodeTrackerRequest, TRACKER_PROTOCOL } from '../../src/protocols/tracker.ts'
import { newIdentity, startNodePeer, type NodePeer } from '../support/node-peer.ts'
import { startRawPeer, type RawPeer, type RawStream } from '../support/node-peer-raw.ts'
import { createHonestTrade, type HonestTrade } from '../support/node-peer-trade.ts'
import { readLedgerStats } from '../support/server-stats.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { testBytes } from '../support/test-contexts.ts'
import { valueOf } from '../support/value-of.ts'

const MAX_ANSWER_BYTES = 2_200_000
/** How soon whoever misbehaves is cut off. */
const CUT_OFF_WITHIN_MS = 5_000
/** Requests sent at once on every protocol: not so many that it alone is a reason to cut off. */
const FLOOD = 450
const MEMORY_BYTES = 50_000_000

/** Everything that somebody serves, from the one table of limits. */
const places = [
  ...Object.entries(peerProtocols).map(([name, limits]) => ({ at: 'peer', name, limits })),
  ...Object.entries(serverProtocols).map(([name, limits]) => ({ at: 'server', name, limits })),
]
type Place = (typeof places)[number]
const nameOf = ({ at, name }: Place): string => `${name} of a ${at}`

let server: TestServer
let seller: NodePeer
let buyer: NodePeer
let hostile: RawPeer
let honest: HonestTrade
/** What the buyer was gossiped. */
const gossiped: GossipMessage[] = []

beforeAll(async () => {
  server = await startServer({ LOREMESH_SEEDER: 'false' })
  ;[seller, buyer] = await Promise.all([
    startNodePeer(server),
    startNodePeer(server, {
      intercept: (handlers) => ({
        onGossip(message, from, topic) {
          gossiped.push(message)
          return handlers.onGossip(message, from, topic)
        },
      }),
    }),
  ])
  honest = createHonestTrade(seller, buyer)
})
afterAll(async () => {
  await Promise.all([seller.close(), buyer.close()])
  await server.stop()
})
// What a key does wrong in one test is not held against it in the next.
beforeEach(async () => {
  hostile = await startRawPeer(server)
})
afterEach(async () => {
  await hostile.stop()
  await honest.trade()
  expect(await readLedgerStats(server)).toMatchObject({ conserved: true })
})

/** A stream to whoever serves the protocol. */
async function open(place: Place): Promise<RawStream> {
  return hostile.open(place.at === 'server' ? trackerId() : seller.identity.peerId, place.limits.id)
}

function trackerId(): PeerId {
  const [tracker] = hostile.info.trackers
  if (tracker === undefined) throw new Error('The server names no tracker')
  return tracker
}

interface Reply {
  readonly type: string
  readonly exchange?: number
  readonly code?: string
}

/** The next answer on a stream of the protocol; undefined once it has ended. */
async function reply(stream: RawStream, { limits }: Place): Promise<Reply | undefined> {
  const frame = await stream.next()
  if (frame === undefined) return undefined
  return limits.id === FETCH_PROTOCOL ? parseProviderMessage(frame) : parseAnswer(frame, MAX_ANSWER_BYTES)
}

/** Does the same on a stream of every protocol at once; gives what came of each by its name. */
async function everywhere<T>(
  act: (stream: RawStream, place: Place) => Promise<T>,
): Promise<Readonly<Record<string, T>>> {
  const outcomes = places.map(async (place) => {
    const stream = await open(place)
    return [nameOf(place), await act(stream, place)] as const
  })
  return Object.fromEntries(await Promise.all(outcomes))
}

const all = <T>(value: (place: Place) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(places.map((place) => [nameOf(place), value(place)]))

/** How a stream ends after these bytes: the code that it is refused with, and that nothing more comes. */
async function refusalAfter(stream: RawStream, place: Place, ...bytes: readonly Uint8Array[]) {
  stream.send(...bytes)
  const refusal = await reply(stream, place)
  return [refusal?.exchange, refusal?.code, await reply(stream, place)]
}

it('garbage is refused by name, and the stream is closed', async () => {
  const outcomes = everywhere((stream, place) =>
    refusalAfter(stream, place, Uint8Array.of(40), testBytes(40, 9)),
  )
  expect(await outcomes).toEqual(all(() => [0, 'bad-encoding', undefined]))
})

it('an oversize frame is refused before it is read', async () => {
  const outcomes = everywhere((stream, place) =>
    refusalAfter(stream, place, Uint8Array.of(0xff, 0xff, 0xff, 0x7f)),
  )
  expect(await outcomes).toEqual(all(() => [0, 'message-too-large', undefined]))
})

it('a frame that is begun and not finished loses its stream within five seconds', async () => {
  const outcomes = everywhere(async (stream, place) => {
    const startedMs = performance.now()
    const refusal = await refusalAfter(stream, place, Uint8Array.of(50, 1, 2, 3))
    return [...refusal, performance.now() - startedMs < CUT_OFF_WITHIN_MS]
  })
  expect(await outcomes).toEqual(all(() => [0, 'timeout', undefined, true]))
})

it('a frame in which its stream ends is the end of it', async () => {
  const outcomes = everywhere(async (stream, place) => {
    stream.send(Uint8Array.of(50, 1, 2, 3))
    await stream.close()
    const last = await reply(stream, place)
    return [last === undefined || last.code === 'truncated', await reply(stream, place)]
  })
  expect(await outcomes).toEqual(all(() => [true, undefined]))
})

it('hundreds of requests at once are answered or rate-limited', async () => {
  const outcomes = everywhere(async (stream, place) => {
    for (let exchange = 1; exchange <= FLOOD; exchange++) stream.send(requestOf(place, exchange))
    const replies: Record<string, number> = {}
    for (let answered = 0; answered < FLOOD; answered++) {
      const answer = await reply(stream, place)
      const kind = answer?.code ?? answer?.type ?? 'closed'
      replies[kind] = (replies[kind] ?? 0) + 1
    }
    await stream.close()
    const { 'rate-limited': refused = 0, ...served } = replies
    return { refusesMost: refused > FLOOD / 4, served: Object.keys(served) }
  })
  expect(await outcomes).toEqual(all((place) => ({ refusesMost: true, served: [servedKind(place)] })))
})

it('more streams than are allowed are closed, and none of them takes more memory than was sent', async () => {
  const usedBytes = () => process.memoryUsage().arrayBuffers
  const before = usedBytes()
  const answered = places.map(async (place) => {
    const tries = Array.from({ length: place.limits.maxStreams + 3 }, () => open(place))
    const streams = (await Promise.allSettled(tries)).flatMap((opened) =>
      opened.status === 'fulfilled' ? [opened.value] : [],
    )
    const replies = streams.map(async (stream) => {
      try {
        // The largest frame that is let through, of which nothing more comes.
        stream.send(requestOf(place, 1), uvarint(place.limits.maxRequestBytes), Uint8Array.of(0))
        return await reply(stream, place)
      } catch {
        return undefined
      }
    })
    return (await Promise.all(replies)).filter((answer) => answer !== undefined).length
  })
  const counts = await Promise.all(answered)
  expect(Object.fromEntries(places.map((place, at) => [nameOf(place), counts[at]]))).toEqual(
    all(({ limits }) => limits.maxStreams),
  )
  expect(usedBytes() - before).toBeLessThan(MEMORY_BYTES)
})

/** Unsigned LEB128, as it stands before a frame. */
function uvarint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Uint8Array.of(...bytes, rest)
}

it('whoever breaks protocols again and again is cut off within five seconds, and refused', async () => {
  const tooLarge = Uint8Array.of(0xff, 0xff, 0xff, 0x7f)
  const isRefused: Readonly<Record<'peer' | 'server', () => Promise<boolean>>> = {
    peer() {
      const { links } = valueOf(seller.peer.network)
      return Promise.resolve(links.every(({ peerId }) => peerId !== hostile.identity.peerId))
    },
    server: () =>
      hostile.askServer(TRACKER_PROTOCOL, encodeTrackerRequest({ type: 'peer-list', numwant: 1 })).then(
        () => false,
        () => true,
      ),
  }
  for (const at of ['peer', 'server'] as const) {
    const place = places.find((candidate) => candidate.at === at)
    if (place === undefined) throw new Error('Nobody serves anything')
    const startedMs = performance.now()
    for (let n = 0; n < BREACH_RATE.burst; n++) await refusalAfter(await open(place), place, tooLarge)
    const last = await open(place)
    last.send(tooLarge)
    await expect.poll(isRefused[at], { interval: 20, timeout: CUT_OFF_WITHIN_MS }).toBe(true)
    expect(performance.now() - startedMs).toBeLessThan(CUT_OFF_WITHIN_MS)
  }
})

/** A well-formed request of the protocol. */
function requestOf({ at, limits }: Place, exchange: number): Uint8Array {
  switch (limits.id) {
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
    case ANNOUNCEMENTS_PROTOCOL:
      return encodeExchange(exchange, encodeAnnouncementsRequest({ type: 'list' }))
    case PEERS_PROTOCOL:
      return encodeExchange(exchange, encodePeersRequest({ type: 'peers', numwant: 10 }))
    case TRACKER_PROTOCOL:
      return encodeExchange(exchange, encodeTrackerRequest({ type: 'peer-list', numwant: 10 }))
    case AUTHORITY_PROTOCOL:
      return encodeExchange(exchange, encodeAuthorityRequest({ type: 'checkpoint', height: 1 }))
    case LEDGER_PROTOCOL: {
      const { account } = hostile.identity
      const log = { type: 'log', shard: 0, position: 0, sinceMs: 0 } as const
      return encodeExchange(
        exchange,
        encodeLedgerRequest(at === 'peer' ? log : { type: 'head', account, fromSeq: 0 }),
      )
    }
  }
}

/** How a request of `requestOf` is answered. */
function servedKind({ at, limits }: Place): string {
  if (limits.id === FETCH_PROTOCOL) return 'not-found'
  if (limits.id === AUTHORITY_PROTOCOL || (limits.id === LEDGER_PROTOCOL && at === 'peer'))
    return 'unsupported'
  return 'answer'
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
