import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { gossipsub, StrictNoSign, type GossipSub } from '@libp2p/gossipsub'
import { identify, identifyPush, type Identify, type IdentifyPush } from '@libp2p/identify'
import { FaultTolerance, type ConnectionGater, type Libp2p, type ServiceMap } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping, type Ping } from '@libp2p/ping'
import { yamux } from '@libp2p/yamux'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Identity } from '../../domain/identity/identity.ts'
import { inBatches } from '../../protocols/batched-sends.ts'
import { withFrugalWindows } from '../../protocols/frugal-windows.ts'
import {
  ALLOWED_TOPICS,
  GOSSIP_SCORE,
  gossipMessageId,
  MAX_GOSSIP_BUNDLE_BYTES,
} from '../../protocols/gossip.ts'
import { closingSockets } from '../../protocols/socket-reset.ts'
import { createReservations, introductionRelay, type Reservations } from './reservations.ts'
import { dhtService, type DhtService, type DhtServiceOptions } from './dht-service.ts'
import type { Transports } from './transports.ts'

/** Services of a peer's node. */
interface PeerServices extends ServiceMap {
  readonly identify: Identify
  readonly identifyPush: IdentifyPush
  readonly ping: Ping
  readonly pubsub: GossipSub
  /** What this peer grants to others. */
  readonly relay: CircuitRelayService
  /** What others grant to this peer. */
  readonly reservations: Reservations
  readonly dht: DhtService
}

export type PeerNode = Libp2p<PeerServices>

export interface NodeOptions {
  readonly listen: readonly string[]
  /** Addresses to tell others instead of those listened on. */
  readonly announce?: readonly Multiaddr[] | undefined
  readonly dialTimeoutMs: number
  readonly gater: ConnectionGater
  readonly dht: DhtServiceOptions
}

/** A peer's libp2p node, not started yet. Its settings were measured; see docs/PROTOCOLS.md. */
export async function createNode(
  { identity, transports }: { readonly identity: Identity; readonly transports: Transports },
  { listen, announce, dialTimeoutMs, gater, dht }: NodeOptions,
): Promise<PeerNode> {
  const node: PeerNode = await createLibp2p<PeerServices>({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', identity.secretKey),
    addresses: {
      listen: [...listen],
      announceFilter: (listened) => [
        ...(announce?.map((address) => address.encapsulate(`/p2p/${identity.peerId}`)) ?? listened),
        ...node.services.reservations.addresses(),
      ],
    },
    transports: transports.factories,
    connectionEncrypters: [inBatches(closingSockets(noise()), transports.defer)],
    streamMuxers: [withFrugalWindows(yamux())],
    connectionGater: gater,
    // Without this a peer does not start while its relay is away.
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    connectionMonitor: {
      // Each takes a stream of its own; who has left is noticed sooner in other ways (departed-peers.ts).
      pingInterval: 30_000,
      // Busy tabs answer a ping late; five seconds, the default, cuts healthy links.
      pingTimeout: { minTimeout: 10_000 },
    },
    connectionManager: {
      maxConnections: 100,
      maxIncomingPendingConnections: 100,
      // Of one host: peers behind one address that reach a listening peer after an outage. Five, the default, cuts them off.
      inboundConnectionThreshold: 50,
      addressDialTimeout: dialTimeoutMs,
    },
    services: {
      identify: identify({ runOnLimitedConnection: true }),
      identifyPush: identifyPush({ runOnLimitedConnection: true }),
      // One of libp2p's own at the same time as the first one of a connection must not break it.
      ping: ping({ maxOutboundStreams: 2 }),
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
      relay: introductionRelay,
      reservations: createReservations,
      dht: dhtService(dht),
    },
  })
  return node
}
