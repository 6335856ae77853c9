import { gossipTopics, isShardTopic, type GossipSubject, type GossipTopic } from '../domain/gossip/topics.ts'
import { textToBytes } from '../domain/kernel/bytes.ts'
import { sha256Digest } from '../domain/kernel/hashing.ts'
import type { RateLimit } from '../domain/kernel/token-bucket.ts'

/** Topics of the network: context descriptors; entries and certificates; proofs of fraud; checkpoints. */
export const GOSSIP_TOPICS = {
  contexts: '/loremesh/contexts/1',
  ledger: '/loremesh/ledger/1',
  proofs: '/loremesh/proofs/1',
  checkpoints: '/loremesh/checkpoints/1',
} as const satisfies Record<GossipSubject, string>

/** The name of a topic on the wire; a shard's is the base topic's and the shard. */
export function topicName(topic: GossipTopic): string {
  return isShardTopic(topic) ? topic.replace('ledger', GOSSIP_TOPICS.ledger) : GOSSIP_TOPICS[topic]
}

/** The names of all topics; nodes take no other. */
export const ALLOWED_TOPICS = gossipTopics.map(topicName)

/** Largest gossiped message. */
export const MAX_GOSSIP_BYTES = 16_384
/** Largest bundle of messages and control data between two peers. */
export const MAX_GOSSIP_BUNDLE_BYTES = 1_048_576

const prefixes = new Map(ALLOWED_TOPICS.map((name) => [name, prefixOf(name)]))

function prefixOf(name: string): Uint8Array {
  return textToBytes(`${name}\0`)
}

/**
 * Messages carry no author or number of their own (entries sign themselves): the id is the hash of the topic's name, a
 * zero byte and the data. The topic is part of it because a node passes on a message once for each id, and who listens to
 * a shard hears no other topic.
 */
export function gossipMessageId({
  topic,
  data,
}: {
  readonly topic: string
  readonly data: Uint8Array
}): Uint8Array {
  const prefix = prefixes.get(topic) ?? prefixOf(topic)
  const bytes = new Uint8Array(prefix.length + data.length)
  bytes.set(prefix)
  bytes.set(data, prefix.length)
  return sha256Digest(bytes)
}

/**
 * Messages, each counted once, that a node takes of one sender. Honest nodes pass on 164 a second of all subjects, and
 * 848 at once (`domain/gossip/shares.ts`), authorities 80 more of what they certify; a link that hung for some seconds
 * brings what piled up. Whoever sends more is no honest node and is cut off.
 */
export const SENDER_RATE: RateLimit = { burst: 2_048, perSecond: 256 }

/**
 * Messages that a node takes of one sender on the topic of one shard, besides. Honest nodes pass on 32 a second, and 256
 * at once, authorities 80 more.
 */
export const SHARD_SENDER_RATE: RateLimit = { burst: 512, perSecond: 128 }

/** Bytes of gossip are counted in steps of this size. */
export const METERED_BYTES = 16_384
/**
 * Steps that a node takes of one sender: 32 MiB at once and 2 MiB a second in the long run. 164 messages of the largest
 * kinds are 1.3 MiB, and 256 claims, what 8 shards carry, 2 MiB; an entry is a twentieth of that.
 */
export const SENDER_BYTE_RATE: RateLimit = { burst: 2_048, perSecond: 128 }

/** Score below which a peer is cut off: the connection is closed, and refused for `CUT_OFF_MS`. */
export const CUT_OFF_SCORE = -80
/** Ten minutes: a new key is made in a moment, and a program that is mended wants to come back. */
export const CUT_OFF_MS = 600_000
/** How often scores are looked at, in milliseconds. */
export const SCORE_WATCH_MS = 500

/**
 * Peer score parameters (gossipsub 1.1 specification). Only invalid messages and breaches of the gossip protocol itself
 * count: what is late, known, unwanted or out of order may come from anybody.
 *
 * The defaults leave 2,000 invalid messages unpunished. Peers behind one address are not punished, because whoever is
 * reached through a relay counts as the relay's address; with the default weight messages got lost. A slow link breaks
 * promises to deliver; six of them in a row are forgiven, as in other large networks.
 */
export const GOSSIP_SCORE = {
  IPColocationFactorWeight: 0,
  behaviourPenaltyThreshold: 6,
  topics: Object.fromEntries(
    ALLOWED_TOPICS.map((topic) => [
      topic,
      {
        topicWeight: 1,
        timeInMeshWeight: 0,
        timeInMeshQuantum: 1,
        timeInMeshCap: 0,
        firstMessageDeliveriesWeight: 0,
        firstMessageDeliveriesDecay: 0.5,
        firstMessageDeliveriesCap: 0,
        meshMessageDeliveriesWeight: 0,
        meshMessageDeliveriesDecay: 0.5,
        meshMessageDeliveriesCap: 0,
        meshMessageDeliveriesThreshold: 0,
        meshMessageDeliveriesWindow: 0,
        meshMessageDeliveriesActivation: 0,
        meshFailurePenaltyWeight: 0,
        meshFailurePenaltyDecay: 0.5,
        /** The score falls with the square: −10 after 4 invalid messages (no more gossip), −80 after 9 (cut off). */
        invalidMessageDeliveriesWeight: -1,
        invalidMessageDeliveriesDecay: 0.98,
      },
    ]),
  ),
}

/** The gossipsub of a node, as far as scores go. Its type does not tell of `getScore`. */
interface Scoring {
  getScore(peerId: string): number
}

/** The score of a peer, by id. Throws when the installed gossipsub does not tell scores any more. */
export function scoreReader(pubsub: object): (peerId: string) => number {
  if (!('getScore' in pubsub) || typeof pubsub.getScore !== 'function') {
    throw new Error('@libp2p/gossipsub has changed: check how the score of a peer is read')
  }
  const scoring = pubsub as Scoring
  return (peerId) => scoring.getScore(peerId)
}
