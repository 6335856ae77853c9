import { isShardTopic, type GossipTopic, type ShardTopic } from '../domain/gossip/topics.ts'
import type { ErrorCode, LoremeshError } from '../domain/kernel/errors.ts'
import { createRateLimiter, type RateLimit, type RateLimiter } from '../domain/kernel/token-bucket.ts'
import {
  CUT_OFF_MS,
  CUT_OFF_SCORE,
  METERED_BYTES,
  SENDER_BYTE_RATE,
  SENDER_RATE,
  SHARD_SENDER_RATE,
  scoreReader,
} from './gossip.ts'

/** Peers cut off that are remembered; the one that was cut off first gives way. */
const MAX_REMEMBERED = 4_096
const GOSSIP_STREAM = '/meshsub/'

/** Breaches of a protocol that one peer is forgiven: a version that is out of date tries again and again, but slowly. */
export const BREACH_RATE: RateLimit = { burst: 8, perSecond: 1 / 60 }
/** Requests of one peer beyond what it may ask that are answered with a refusal. */
export const EXCESS_RATE: RateLimit = { burst: 2_048, perSecond: 32 }
/** Streams that one connection may have open to this node, of all protocols and of none yet. */
export const MAX_INBOUND_STREAMS = 128

const breachCodes: ReadonlySet<ErrorCode> = new Set([
  'bad-encoding',
  'message-too-large',
  'rate-limited',
  'timeout',
])

/** Whether a stream broke for a reason that an honest peer does not give. */
export function isBreach({ code }: LoremeshError): boolean {
  return breachCodes.has(code)
}

/** What is used of a libp2p node whose service `pubsub` is gossipsub. */
interface GossipNode {
  getConnections(): readonly GossipConnection[]
  readonly services: { readonly pubsub: { getPeers(): readonly PeerName[] } }
}

/** A libp2p peer id, of which only its text matters here. */
interface PeerName {
  toString(): string
}

interface GossipConnection {
  readonly remotePeer: PeerName
  readonly streams: readonly GossipStream[]
  abort(error: Error): void
}

interface GossipStream {
  readonly protocol: string
  readonly direction: 'inbound' | 'outbound'
  listenerCount(type: string): number
  addEventListener(
    type: 'message',
    listener: (event: { readonly data: { readonly byteLength: number } }) => void,
  ): void
}

/** Keeps away whoever sends invalid messages, or more than any honest node does. */
export interface CutOff {
  /** Counts a breach of a protocol by the peer, which closed its stream; too many cut it off. */
  noteBreach(peerId: string): void
  /** Counts a request beyond what the peer may ask; far too many cut it off. */
  noteExcess(peerId: string): void
  /** Whether connections with the peer are refused at present. */
  isCutOff(peerId: string): boolean
  /** Counts a message of the peer on a topic; false when it was one too many, which cuts it off. */
  takeMessage(peerId: string, topic: GossipTopic): boolean
  /**
   * Cuts off whose score is too low, and who has too many streams open, and counts the bytes of new streams; to be called
   * every `SCORE_WATCH_MS`.
   */
  review(): void
}

/**
 * Nobody is cut off yet. `spared` peers keep their connections whatever they send; what is too much is not taken of them
 * either.
 */
export function createCutOff(components: {
  readonly node: GossipNode
  readonly monotonicMs: () => number
  readonly spared?: ReadonlySet<string>
}): CutOff {
  const { node, monotonicMs, spared = new Set<string>() } = components
  const { pubsub } = node.services
  const scoreOf = scoreReader(pubsub)
  const messages = createRateLimiter(SENDER_RATE, monotonicMs)
  const messagesOfShards = new Map<ShardTopic, RateLimiter>()
  const bytes = createRateLimiter(SENDER_BYTE_RATE, monotonicMs)
  const breaches = createRateLimiter(BREACH_RATE, monotonicMs)
  const excesses = createRateLimiter(EXCESS_RATE, monotonicMs)
  const metered = new WeakSet<GossipStream>()
  /** When it ends, for every peer. */
  const ends = new Map<string, number>()

  function cutOff(peerId: string): void {
    if (spared.has(peerId)) return
    ends.delete(peerId)
    ends.set(peerId, monotonicMs() + CUT_OFF_MS)
    const [oldest] = ends.keys()
    if (oldest !== undefined && ends.size > MAX_REMEMBERED) ends.delete(oldest)
    for (const connection of node.getConnections()) {
      // Whatever is on its way still is not waited for.
      if (connection.remotePeer.toString() === peerId) connection.abort(new Error('Cut off'))
    }
  }

  /** The counter for a topic: every shard has its own, and the other topics have one together. */
  function messagesOf(topic: GossipTopic): RateLimiter {
    if (!isShardTopic(topic)) return messages
    const limiter = messagesOfShards.get(topic) ?? createRateLimiter(SHARD_SENDER_RATE, monotonicMs)
    messagesOfShards.set(topic, limiter)
    return limiter
  }

  /** Counts what comes on a stream, known messages included, which gossipsub drops without telling. */
  function meter(stream: GossipStream, peerId: string): void {
    // The first to listen would get what waits for gossipsub.
    const isRead = stream.listenerCount('message') > 0
    const isGossip = stream.direction === 'inbound' && stream.protocol.startsWith(GOSSIP_STREAM)
    if (!isGossip || !isRead || metered.has(stream)) return
    metered.add(stream)
    let uncounted = 0
    stream.addEventListener('message', ({ data }) => {
      for (uncounted += data.byteLength; uncounted >= METERED_BYTES; uncounted -= METERED_BYTES) {
        if (!bytes.take(peerId)) cutOff(peerId)
      }
    })
  }

  return {
    noteBreach(peerId) {
      if (!breaches.take(peerId)) cutOff(peerId)
    },
    noteExcess(peerId) {
      if (!excesses.take(peerId)) cutOff(peerId)
    },
    isCutOff: (peerId) => (ends.get(peerId) ?? -Infinity) > monotonicMs(),
    takeMessage(peerId, topic) {
      if (messagesOf(topic).take(peerId)) return true
      cutOff(peerId)
      return false
    },
    review() {
      for (const { remotePeer, streams } of node.getConnections()) {
        const peerId = remotePeer.toString()
        const inbound = streams.filter(({ direction }) => direction === 'inbound')
        if (inbound.length > MAX_INBOUND_STREAMS) cutOff(peerId)
        for (const stream of streams) meter(stream, peerId)
      }
      for (const peer of pubsub.getPeers()) {
        if (scoreOf(peer.toString()) < CUT_OFF_SCORE) cutOff(peer.toString())
      }
    },
  }
}
