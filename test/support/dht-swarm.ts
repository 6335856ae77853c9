import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { toPeerId } from '../../src/adapters/network-libp2p/addresses.ts'
import { createDht, type DhtRendezvous } from '../../src/adapters/network-libp2p/dht.ts'
import type { DhtKeeperOptions } from '../../src/adapters/network-libp2p/dht-keeper.ts'
import type { Dialer } from '../../src/adapters/network-libp2p/dialing.ts'
import { createLinks } from '../../src/adapters/network-libp2p/links.ts'
import { createStandingRecords } from '../../src/adapters/network-libp2p/standing-records.ts'
import { createNode, type PeerNode } from '../../src/adapters/network-libp2p/start-libp2p.ts'
import { createNodeClock } from '../../src/adapters/system-node/node-clock.ts'
import { createNodeRandomness } from '../../src/adapters/system-node/node-randomness.ts'
import { createWebCryptoSignatureVerifier } from '../../src/adapters/webcrypto/webcrypto-signature-verifier.ts'
import type { PeerId } from '../../src/domain/identity/account.ts'
import { wantedServers } from '../../src/domain/network/dht-role.ts'
import type { Identity } from '../../src/domain/identity/identity.ts'
import type { ContextRouting } from '../../src/ports/context-routing.ts'
import type { StandingDirectory } from '../../src/ports/standing-directory.ts'
import type { DhtState } from '../../src/ports/network.ts'
import { genesis } from './ledger.ts'
import { newIdentity } from './node-peer.ts'

/** A peer that routes by the DHT alone. */
export interface DhtPeer {
  readonly peerId: PeerId
  readonly node: PeerNode
  readonly routing: ContextRouting
  readonly standings: StandingDirectory
  readonly state: () => DhtState
  /** A direct link to another peer, as a buyer would make one. Throws when it is not reached. */
  readonly connect: Dialer['connect']
}

/** Peers in this process that know each other by the DHT alone. */
export interface DhtSwarm {
  readonly peers: readonly DhtPeer[]
  /** Starts one more peer, that knows as first servers those that a tracker would name. */
  join(identity?: Identity): Promise<DhtPeer>
  /** Resolves once there are the servers that are wanted and every peer is linked to some. */
  settled(): Promise<void>
  /** Ends a peer, as a closed page does. */
  leave(peer: DhtPeer): Promise<void>
  stop(): Promise<void>
}

const POLL_MS = 50
const clock = createNodeClock()
const randomness = createNodeRandomness()
const verifier = createWebCryptoSignatureVerifier()

/**
 * An empty swarm. Its peers are shipped nodes that listen on WebSockets on loopback; `options` make elections quicker than
 * in a network of people. In place of a tracker there is a list of the peers that are servers, which knows nothing else.
 */
export function createDhtSwarm(options: DhtKeeperOptions): DhtSwarm {
  const peers = new Map<DhtPeer, () => Promise<void>>()

  /** What a tracker knows: who is a server, and how many peers there are. */
  const rendezvous: DhtRendezvous = {
    peersOnline: () => peers.size,
    findServers: () =>
      Promise.resolve(
        [...peers.keys()]
          .filter(({ state }) => state().role === 'server')
          .map(({ peerId, node }) => ({
            peerId,
            addresses: node.getMultiaddrs().map((address) => address.toString()),
            reputation: 0.5,
            uptimePercent: 0,
            latencyMs: Number.NaN,
          }))
          .sort(() => Math.random() - 0.5),
      ),
  }

  async function join(identity = newIdentity()): Promise<DhtPeer> {
    const node = await createNode(
      {
        identity,
        transports: {
          factories: [webSockets(), circuitRelayTransport()],
          defer: setImmediate,
          close: () => Promise.resolve(),
        },
      },
      {
        listen: ['/ip4/127.0.0.1/tcp/0/ws'],
        dialTimeoutMs: 4_000,
        gater: { denyDialMultiaddr: () => false },
        dht: {
          allowPrivateAddresses: true,
          nowMs: () => clock.nowMs(),
          monotonicMs: () => clock.monotonicMs(),
          ...createStandingRecords({ genesis, verifier, removals: () => [] }),
        },
      },
    )
    const links = createLinks(node, { servers: new Set() })
    const connect: Dialer['connect'] = async (peerId, addresses, signal) => {
      await node.dial(
        addresses.map((address) => multiaddr(address)),
        signal === undefined ? {} : { signal },
      )
      const link = links.link(peerId)
      if (link === undefined) throw new Error('The link was closed at once')
      return link
    }
    const dht = createDht(
      {
        self: identity.peerId,
        node,
        links: { link: links.link, directPeers: () => node.getPeers().map(toPeerId) },
        dialer: { connect },
        rendezvous,
        isSparing: () => false,
        clock,
        randomness,
      },
      options,
    )
    await node.start()
    const peer = {
      peerId: identity.peerId,
      node,
      routing: dht.routing,
      standings: dht.standings,
      state: dht.state,
      connect,
    }
    const [other] = peers.keys()
    if (other !== undefined) await node.dial(other.node.getMultiaddrs())
    const stopKeeper = dht.start(() => undefined)
    peers.set(peer, async () => {
      stopKeeper()
      await node.stop()
    })
    return peer
  }

  async function leave(peer: DhtPeer): Promise<void> {
    const stop = peers.get(peer)
    peers.delete(peer)
    await stop?.()
  }

  function isSettled(): boolean {
    const states = [...peers.keys()].map(({ state }) => state())
    const servers = states.filter(({ role }) => role === 'server').length
    return (
      servers >= wantedServers(peers.size) && states.every(({ size }) => size >= Math.min(4, servers - 1))
    )
  }

  return {
    settled: () =>
      new Promise((resolve) => {
        const stop = clock.every(POLL_MS, () => {
          if (!isSettled()) return
          stop()
          resolve()
        })
      }),
    get peers() {
      return [...peers.keys()]
    },
    join,
    leave,
    async stop() {
      await Promise.all([...peers.keys()].map(leave))
    },
  }
}
