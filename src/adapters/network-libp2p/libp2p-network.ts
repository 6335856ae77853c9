import type { Connection, PeerId } from '@libp2p/interface'
import type { LedgerTopic } from '../../domain/gossip/topics.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { createWritable } from '../../domain/kernel/readable.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Network, NetworkHandlers, NetworkState } from '../../ports/network.ts'
import type { CutOff } from '../../protocols/cut-off.ts'
import { createAbsentPeers } from '../../protocols/absent-peers.ts'
import { endReservation } from '../../protocols/end-reservation.ts'
import { SCORE_WATCH_MS } from '../../protocols/gossip.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { toPeerId, type ServerAddress } from './addresses.ts'
import { linkKind } from './connection-choice.ts'
import { releaseConnection } from './connection-internals.ts'
import { withDhtServers } from './dht-rendezvous.ts'
import type { Dht } from './dht.ts'
import { watchDepartures } from './departed-peers.ts'
import type { Dialer } from './dialing.ts'
import { joinTopics, listenToLedger, publishGossip } from './gossip.ts'
import type { NetworkLimits } from './limits.ts'
import { startLinkKeeper } from './link-keeper.ts'
import type { LinkRoom } from './link-room.ts'
import { startLinkUpgrades } from './link-upgrades.ts'
import type { Links } from './links.ts'
import type { NetworkLog } from './network-log.ts'
import { createIdleState, describeNetwork } from './network-state.ts'
import type { PeerConnections } from './peer-connections.ts'
import type { PeerClients } from './peer-clients.ts'
import { startReservationKeeper } from './reservation-keeper.ts'
import { measureRoundTrip } from './round-trip.ts'
import type { SelfTest } from './self-test.ts'
import { servePeers } from './serve-peers.ts'
import { startServerKeeper, type ServerKeeper } from './server-keeper.ts'
import { closeSilentConnections } from './silent-connections.ts'
import type { PeerNode } from './start-libp2p.ts'
import { eventsBetween } from './state-events.ts'
import type { Traffic } from './traffic.ts'
import type { Transports } from './transports.ts'

/** Later round trips are measured by libp2p, which does not say when. */
const REFRESH_MS = 5_000
const CLOSE_TIMEOUT_MS = 500
/** Peers that are not linked and of whom something is kept; a server of the DHT leads others to them. */
const ABSENT_PEERS = { server: 1_024, client: 128, off: 128 }

export interface NetworkParts {
  readonly node: PeerNode
  readonly transports: Transports
  readonly links: Links
  readonly room: LinkRoom
  readonly traffic: Traffic
  readonly peerConnections: PeerConnections
  readonly log: NetworkLog
  readonly selfTest: SelfTest
  readonly dialer: Dialer
  readonly clients: PeerClients
  readonly dht: Pick<Dht, 'start' | 'state' | 'servers'>
  readonly cutOff: CutOff
  readonly clock: Clock
  readonly randomness: Randomness
}

/** The network port over a node that is not started yet. */
export function createNetwork(
  parts: NetworkParts,
  options: {
    /** Servers to stay connected to. */
    readonly servers: readonly ServerAddress[]
    /** Those of them that relay. */
    readonly relays: readonly ServerAddress[]
    readonly dialTimeoutMs: number
    readonly limits: NetworkLimits
  },
): Network {
  const { node, transports, links, room, traffic, peerConnections, log } = parts
  const { dialer, clients, dht, cutOff, clock, randomness } = parts
  const state = createWritable<NetworkState>(createIdleState('The network is not started.'))
  const stops: (() => void)[] = []
  let keeper: ServerKeeper | undefined
  let phase: 'new' | 'started' | 'stopped' = 'new'
  let ledgerTopics: ReadonlySet<LedgerTopic> = new Set(['ledger'])
  let isGossiping = false

  function refresh(): void {
    if (phase !== 'started') return
    const addresses = node.getMultiaddrs().map((address) => address.toString())
    const relays = (keeper?.status() ?? []).filter(({ server }) => options.relays.includes(server))
    const next = describeNetwork({
      ...state.get(),
      links: room.describe(),
      addresses,
      relays,
      dht: dht.state(),
      leadsHere: node.services.reservations.leadsHere,
      reservationsGiven: node.services.relay.reservations.size,
      peerConnectionsMade: peerConnections.made(),
    })
    for (const event of eventsBetween(state.get(), next)) log.note(event)
    const whole = { ...next, log: log.events() }
    if (!sameState(whole, state.get())) state.set(whole)
  }

  function tidy(): void {
    room.prune()
    void traffic.refresh().then(refresh)
  }

  function watchConnections(handlers: NetworkHandlers): void {
    node.addEventListener('connection:open', ({ detail: connection }) => {
      refresh()
      const peerId = toPeerId(connection.remotePeer)
      const direct = links.connections(peerId).filter((other) => linkKind(other) !== 'relay')
      // The first direct connection makes the link; a relayed one mostly only carries the signals for it.
      if (linkKind(connection) !== 'relay' && direct.every(({ id }) => id === connection.id)) {
        handlers.onLinkOpened(peerId)
      }
    })
    node.addEventListener('connection:close', ({ detail: connection }) => {
      clients.retire(connection)
      const peerId = toPeerId(connection.remotePeer)
      if (links.link(peerId) === undefined) room.forget(peerId)
      refresh()
      releaseConnection(connection)
    })
    // A connection just opened is busy with identifying, which a ping would wait for.
    const identified = new WeakSet<Connection>()
    node.addEventListener('peer:identify', ({ detail: { connection } }) => {
      if (identified.has(connection)) return
      identified.add(connection)
      measureRoundTrip(connection, { clock, randomness }).then(tidy, () => undefined)
    })
    const absent = createAbsentPeers<PeerId>(node, { capacity: () => ABSENT_PEERS[dht.state().role] })
    node.addEventListener('peer:update', ({ detail: { peer } }) => absent.note(peer.id))
    node.addEventListener('peer:disconnect', ({ detail: peerId }) => {
      absent.note(peerId)
      endReservation(node.services.relay, peerId)
    })
    node.addEventListener('transport:listening', refresh)
    node.addEventListener('transport:close', refresh)
    node.addEventListener('self:peer:update', refresh)
  }

  return {
    state,
    async start(handlers) {
      if (phase !== 'new') throw new LoremeshError('already-running', 'The network was started before')
      phase = 'started'
      await servePeers(
        {
          node,
          handlers: withDhtServers(handlers, dht),
          clock,
          touch: room.touch,
          cutOff,
          introducible: links.introducible,
        },
        options.limits,
      )
      watchConnections(handlers)
      await node.start()
      stops.push(await startReservationKeeper({ node, links, clock, log }))
      joinTopics(node.services.pubsub, handlers, cutOff)
      isGossiping = true
      listenToLedger(node.services.pubsub, ledgerTopics)
      keeper = startServerKeeper({ node, clock, randomness, onChange: refresh }, options)
      stops.push(
        keeper.stop,
        dht.start(refresh),
        watchDepartures({ node, clock, randomness }),
        startLinkKeeper({ node, links, clock, retire: clients.retire }),
        clock.every(SCORE_WATCH_MS, cutOff.review),
        startLinkUpgrades({ links, dialer, clock }),
        clock.every(REFRESH_MS, tidy),
      )
      refresh()
    },
    async stop() {
      if (phase === 'stopped') return
      phase = 'stopped'
      isGossiping = false
      for (const stop of stops) stop()
      await closeConnections(node, clock)
      await node.stop()
      await transports.close()
      state.set(createIdleState('The network is stopped.'))
    },
    leave() {
      const reason = new LoremeshError('aborted', 'This peer leaves')
      for (const connection of node.getConnections()) connection.abort(reason)
    },
    async recheck() {
      keeper?.hurry()
      await closeSilentConnections(node, { clock, randomness })
    },
    connect: dialer.connect,
    selfTest: parts.selfTest,
    addressesOf: links.addressesOf,
    search: clients.search,
    listAnnounced: clients.listAnnounced,
    getDescriptors: clients.getDescriptors,
    openSession: clients.openSession,
    take: clients.take,
    sendVoucher: clients.sendVoucher,
    publish: (message) => publishGossip(node.services.pubsub, message),
    listen(topics) {
      ledgerTopics = topics
      if (isGossiping) listenToLedger(node.services.pubsub, topics)
    },
  }
}

/**
 * Closes every connection. Left to itself libp2p closes those over WebRTC with their transport and then waits half a
 * second for each to be closed.
 */
async function closeConnections(node: PeerNode, clock: Pick<Clock, 'deadline'>): Promise<void> {
  const signal = clock.deadline(CLOSE_TIMEOUT_MS)
  await Promise.allSettled(node.getConnections().map((connection) => connection.close({ signal })))
}

function sameState(a: NetworkState, b: NetworkState): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
