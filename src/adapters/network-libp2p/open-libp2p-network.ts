import { multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from '../../domain/identity/account.ts'
import type { Identity } from '../../domain/identity/identity.ts'
import type { Genesis } from '../../domain/ledger/genesis.ts'
import type { Removals } from '../../domain/ledger/removals.ts'
import type { Certifier } from '../../ports/certifier.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ContextRouting } from '../../ports/context-routing.ts'
import type { Network } from '../../ports/network.ts'
import type { Randomness } from '../../ports/randomness.ts'
import type { StandingDirectory } from '../../ports/standing-directory.ts'
import type { SignatureVerifier } from '../../ports/signature-verifier.ts'
import { createCutOff } from '../../protocols/cut-off.ts'
import type { IceServer, NetworkInfo } from '../../protocols/network-info.ts'
import { parseServerAddress, toPeerId, type ServerAddress } from './addresses.ts'
import { linkKind } from './connection-choice.ts'
import { defaultDhtKeeperOptions, type DhtKeeperOptions } from './dht-keeper.ts'
import { createDht } from './dht.ts'
import { createDhtRendezvous } from './dht-rendezvous.ts'
import { createDialer } from './dialing.ts'
import { createGater } from './gater.ts'
import { createLedgerCertifier } from './ledger-certifier.ts'
import { createNetwork } from './libp2p-network.ts'
import { defaultLimits, type NetworkLimits } from './limits.ts'
import { createLinkRoom } from './link-room.ts'
import { createLinks, type Links } from './links.ts'
import { createNeighbourRouting } from './neighbour-routing.ts'
import { createPeerClients } from './peer-clients.ts'
import { createNetworkLog } from './network-log.ts'
import { createPeerConnections } from './peer-connections.ts'
import { createSelfTest } from './self-test.ts'
import { createNode, type PeerNode } from './start-libp2p.ts'
import { createStandingRecords } from './standing-records.ts'
import { createTrackerRouting } from './tracker-routing.ts'
import { createTraffic } from './traffic.ts'
import type { CreateTransports } from './transports.ts'

export interface Libp2pNetworkOptions {
  /** Relays, as multiaddrs that end in their peer id. */
  readonly bootstrapAddresses: readonly string[]
  /** The authorities that can be reached, as multiaddrs that end in their peer id; relays may be among them. */
  readonly authorityAddresses: readonly string[]
  readonly trackerPeerIds: readonly PeerId[]
  /** Lets a tab dial `ws://` and private addresses; for development and tests. */
  readonly allowPrivateAddresses: boolean
  /** STUN and TURN servers. */
  readonly iceServers: readonly IceServer[]
  /** Limit of one dial, 4 s unless told; connecting to a peer takes at most three. */
  readonly dialTimeoutMs?: number
  /** Multiaddrs to listen on besides the relays' and WebRTC. */
  readonly listen?: readonly string[]
  /** Addresses to tell others instead of those listened on, when a proxy stands before this peer. */
  readonly announce?: readonly string[]
  readonly limits?: Partial<NetworkLimits>
  readonly dht?: Partial<DhtKeeperOptions>
}

/** How to join the network that a server describes. */
export function toNetworkOptions(info: NetworkInfo): Libp2pNetworkOptions {
  return {
    bootstrapAddresses: info.bootstrap,
    authorityAddresses: info.authorities,
    trackerPeerIds: info.trackers,
    allowPrivateAddresses: info.allowPrivateAddresses,
    iceServers: info.iceServers,
  }
}

/** What a peer does in the network, by port. */
interface JoinedNetwork {
  readonly network: Network
  readonly routing: ContextRouting
  readonly standingDirectory: StandingDirectory
  readonly certifier: Certifier
}

/**
 * The network, the tracker and the authorities over one libp2p node. Nothing listens or dials before `network.start`;
 * `network.stop` ends it all and says goodbye. Throws `bad-input` for an address of a server that is none.
 */
export async function openLibp2pNetwork(
  components: {
    readonly identity: Identity
    readonly clock: Clock
    readonly randomness: Randomness
    readonly genesis: Genesis
    readonly verifier: SignatureVerifier
    readonly transports: CreateTransports
    /** Whether this host spares what a server of the DHT uses, for it runs on a battery; never unless told. */
    readonly isSparing?: () => boolean
  },
  options: Libp2pNetworkOptions,
): Promise<JoinedNetwork> {
  const { identity, clock, randomness, genesis, verifier } = components
  const { trackerPeerIds, dialTimeoutMs = 4_000 } = options
  const limits = { ...defaultLimits, ...options.limits }
  const relays = options.bootstrapAddresses.map(parseServerAddress)
  const authorities = options.authorityAddresses.map(parseServerAddress)
  const dialled = withoutRepetition([...relays, ...authorities])
  const servers = new Set([...dialled.map(({ peerId }) => peerId), ...trackerPeerIds])

  let removals: Removals = []
  const transports = await components.transports({
    iceServers: options.iceServers,
    onPeerConnection: () => peerConnections.take(),
  })
  const node: PeerNode = await createNode(
    { identity, transports },
    {
      listen: ['/webrtc', ...(options.listen ?? [])],
      announce: options.announce?.map((address) => multiaddr(address)),
      dialTimeoutMs,
      gater: createGater({
        allowPrivateAddresses: options.allowPrivateAddresses,
        hasRoomFor: (peerId) => room.hasRoomFor(peerId),
        isCutOff: (peerId) => cutOff.isCutOff(peerId),
      }),
      dht: {
        allowPrivateAddresses: options.allowPrivateAddresses,
        nowMs: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        ...createStandingRecords({ genesis, verifier, removals: () => removals }),
      },
    },
  )
  const links: Links = createLinks(node, { servers })
  const log = createNetworkLog(clock)
  const traffic = createTraffic(node)
  const peerConnections = createPeerConnections(
    {
      countOpen: () => node.getConnections().filter((one) => linkKind(one) === 'webrtc').length,
      collectSoon: () => transports.webRtc?.collectSoon(),
    },
    { limit: transports.webRtc?.maxPeerConnections ?? Infinity },
  )
  const room = createLinkRoom({ node, links, traffic, log, clock }, limits)
  // Without the server, which the person chose, a peer finds nobody.
  const cutOff = createCutOff({ node, monotonicMs: () => clock.monotonicMs(), spared: servers })
  const dialer = createDialer(
    { node, links, clock, makeRoom: room.makeRoom, peerConnections, log },
    { servers: dialled, relays, dialTimeoutMs },
  )
  const selfTest = createSelfTest(
    { node, links, dialer, webRtc: transports.webRtc, peerConnections, clock, randomness },
    { relays, iceServers: options.iceServers },
  )
  const clients = createPeerClients(
    {
      bestConnection: links.bestConnection,
      clock,
      connectServer: (peerId) => dialer.connect(peerId, []),
      touch: room.touch,
    },
    limits,
  )
  const certifier = createLedgerCertifier(
    { ask: clients.askAuthority, account: identity.account, genesis, verifier },
    { authorities: withoutRepetition(authorities).map(({ peerId }) => peerId) },
  )
  const trackers = trackerPeerIds.map((tracker) =>
    createTrackerRouting(
      {
        ask: clients.askTracker,
        addresses: () => node.getMultiaddrs().map((address) => address.toString()),
      },
      { tracker },
    ),
  )
  const neighbours = createNeighbourRouting({
    self: identity.peerId,
    ask: clients.askPeer,
    neighbours: links.directPeers,
    clock,
  })
  const rendezvous = createDhtRendezvous([...trackers, neighbours], { clock })
  const dht = createDht(
    {
      self: identity.peerId,
      node,
      links,
      dialer,
      rendezvous,
      isSparing: components.isSparing ?? (() => false),
      clock,
      randomness,
    },
    { ...defaultDhtKeeperOptions, ...options.dht },
  )
  for (const event of ['connection:open', 'connection:close'] as const) {
    node.addEventListener(event, ({ detail: { remotePeer } }) => {
      const peerId = toPeerId(remotePeer)
      certifier.noteConnection(peerId, links.link(peerId) !== undefined)
    })
  }
  return {
    network: createNetwork(
      {
        node,
        transports,
        links,
        room,
        traffic,
        peerConnections,
        log,
        selfTest,
        dialer,
        clients,
        dht,
        cutOff,
        clock,
        randomness,
      },
      { servers: dialled, relays, dialTimeoutMs, limits },
    ),
    routing: rendezvous.join(dht),
    standingDirectory: dht.standings,
    certifier: {
      ...certifier,
      exclude(excluded) {
        removals = excluded
        certifier.exclude(excluded)
      },
    },
  }
}

/** The first address of each server. */
function withoutRepetition(servers: readonly ServerAddress[]): readonly ServerAddress[] {
  return servers.filter(
    ({ peerId }, index) => servers.findIndex((server) => server.peerId === peerId) === index,
  )
}
