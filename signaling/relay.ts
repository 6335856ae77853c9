import { circuitRelayServer, type CircuitRelayService } from '@libp2p/circuit-relay-v2'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { gossipsub, StrictNoSign, TopicValidatorResult, type GossipSub } from '@libp2p/gossipsub'
import { identify, identifyPush } from '@libp2p/identify'
import type { Libp2p, Listener, PeerId, ServiceMap } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Verdict } from '../src/domain/gossip/ledger-watch.ts'
import { gossipTopics, type GossipTopic } from '../src/domain/gossip/topics.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { createAbsentPeers } from '../src/protocols/absent-peers.ts'
import { inBatches } from '../src/protocols/batched-sends.ts'
import { createCutOff, type CutOff } from '../src/protocols/cut-off.ts'
import { endReservation } from '../src/protocols/end-reservation.ts'
import { withFrugalWindows } from '../src/protocols/frugal-windows.ts'
import {
  ALLOWED_TOPICS,
  GOSSIP_SCORE,
  gossipMessageId,
  MAX_GOSSIP_BUNDLE_BYTES,
  MAX_GOSSIP_BYTES,
  SCORE_WATCH_MS,
  topicName,
} from '../src/protocols/gossip.ts'
import { closingSockets } from '../src/protocols/socket-reset.ts'

/** Looks at every message before it is spread; never throws. `from` is the id of the peer that sent or forwarded it. */
export type ValidateGossip = (
  topic: GossipTopic,
  message: Uint8Array,
  from: string,
) => Verdict | Promise<Verdict>

interface RelayServices extends ServiceMap {
  readonly pubsub: GossipSub
  readonly relay?: CircuitRelayService
}

/** The server's libp2p node. */
export type RelayNode = Libp2p<RelayServices>

/** A relay that runs. */
export interface Relay {
  readonly node: RelayNode
  /** Port that it listens on. */
  readonly port: number
  readonly cutOff: CutOff
}

export interface RelayOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /**
   * Addresses to tell peers instead of the one listened on, when a proxy stands before it. With none of them each peer
   * knows the relay by the address at which it reached it, and only by that.
   */
  readonly announce?: readonly string[]
  /** Whether peers may reach each other through this node; true unless told. Gossip passes through it in any case. */
  readonly relays?: boolean
  /** Ids of peers that are never cut off. */
  readonly spared?: ReadonlySet<string>
  readonly limits?: Partial<RelayLimits>
}

interface RelayLimits {
  readonly maxConnections: number
  readonly maxReservations: number
  /** New connections a second of one host; whole networks share one address. */
  readonly connectionsPerSecondAndHost: number
  readonly maxPendingConnections: number
  /** For each relayed link, both directions together. */
  readonly relayedBytes: number
  readonly relayedMs: number
}

/** Peers that have gone and of whom something is kept. */
const ABSENT_PEERS = 256

const defaultLimits: RelayLimits = {
  maxConnections: 2_000,
  maxReservations: 1_000,
  connectionsPerSecondAndHost: 1_000,
  maxPendingConnections: 200,
  relayedBytes: 33_554_432,
  relayedMs: 600_000,
}

/**
 * Starts the relay: WebSocket, circuit relay with raised limits unless it `relays` nothing, and gossip, which it forwards
 * as `validate` says. To be ended with the node's `stop`.
 */
export async function startRelay(
  { identity, validate }: { readonly identity: Identity; readonly validate: ValidateGossip },
  options: RelayOptions,
): Promise<Relay> {
  const limits = { ...defaultLimits, ...options.limits }
  const announced = options.announce?.map((address) => multiaddr(address))
  const node = await createLibp2p<RelayServices>({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', identity.secretKey),
    addresses: {
      listen: [`${hostComponent(options.host)}/tcp/${options.port}/ws`],
      announceFilter: (listened) => announced ?? listened,
    },
    transports: [webSockets()],
    connectionEncrypters: [inBatches(closingSockets(noise()), setImmediate)],
    streamMuxers: [withFrugalWindows(yamux())],
    connectionGater: {
      denyInboundEncryptedConnection: (peerId) =>
        peerId.type !== 'Ed25519' || cutOff.isCutOff(peerId.toString()),
    },
    // Sooner than a peer announces itself for the second time, when the tracker wants to know how far away it is. Busy tabs
    // answer late.
    connectionMonitor: { pingInterval: 20_000, pingTimeout: { minTimeout: 10_000 } },
    connectionManager: {
      maxConnections: limits.maxConnections,
      inboundConnectionThreshold: limits.connectionsPerSecondAndHost,
      maxIncomingPendingConnections: limits.maxPendingConnections,
    },
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      ...(options.relays === false ? {} : { relay: relayService(limits) }),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        msgIdFn: gossipMessageId,
        allowedTopics: ALLOWED_TOPICS,
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        emitSelf: false,
        fallbackToFloodsub: false,
        maxInboundDataLength: MAX_GOSSIP_BUNDLE_BYTES,
        scoreParams: GOSSIP_SCORE,
      }),
    },
  })
  const { spared = new Set() } = options
  const cutOff = createCutOff({ node, monotonicMs: () => performance.now(), spared })
  let port = options.port
  node.addEventListener('transport:listening', ({ detail }) => (port = portOf(detail)))
  await node.start()
  relayTopics(node.services.pubsub, validate, cutOff)
  const absent = createAbsentPeers<PeerId>(node, { capacity: () => ABSENT_PEERS })
  node.addEventListener('peer:update', ({ detail: { peer } }) => absent.note(peer.id))
  node.addEventListener('peer:disconnect', ({ detail: peerId }) => {
    if (node.services.relay !== undefined) endReservation(node.services.relay, peerId)
    absent.note(peerId)
  })
  const watch = setInterval(cutOff.review, SCORE_WATCH_MS)
  node.addEventListener('stop', () => clearInterval(watch))
  return { node, port, cutOff }
}

function relayService(limits: RelayLimits) {
  return circuitRelayServer({
    maxInboundHopStreams: 64,
    maxOutboundStopStreams: limits.maxReservations,
    reservations: {
      maxReservations: limits.maxReservations,
      defaultDataLimit: BigInt(limits.relayedBytes),
      defaultDurationLimit: limits.relayedMs,
    },
  })
}

function portOf(listener: Listener): number {
  const components = listener.getAddrs().flatMap((address) => address.getComponents())
  return Number(components.find(({ name }) => name === 'tcp')?.value)
}

const results: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/** Every topic, also those of shards: the relay is what connects the few that listen to one. */
function relayTopics(pubsub: GossipSub, validate: ValidateGossip, cutOff: CutOff): void {
  for (const topic of gossipTopics) {
    const name = topicName(topic)
    pubsub.topicValidators.set(name, async (from, { data }) => {
      const sender = from.toString()
      if (!cutOff.takeMessage(sender, topic)) return TopicValidatorResult.Ignore
      if (data.length > MAX_GOSSIP_BYTES) return TopicValidatorResult.Reject
      return results[await validate(topic, data, sender)]
    })
    pubsub.subscribe(name)
  }
}

function hostComponent(host: string): string {
  if (host.includes(':')) return `/ip6/${host}`
  return /^[\d.]+$/.test(host) ? `/ip4/${host}` : `/dns4/${host}`
}
