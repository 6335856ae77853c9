import type { Multiaddr } from '@multiformats/multiaddr'
import { shortPeerId, type PeerId } from '../../domain/identity/account.ts'
import { LoremeshError, type ErrorCode } from '../../domain/kernel/errors.ts'
import { describeFailure, type LinkFailure } from '../../domain/network/link-failure.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Link } from '../../ports/network.ts'
import { abortable } from './abortable.ts'
import { planDial, type ServerAddress } from './addresses.ts'
import { createDialWatch, toDialError } from './dial-failure.ts'
import type { Links } from './links.ts'
import type { NetworkLog } from './network-log.ts'
import type { PeerConnections } from './peer-connections.ts'
import type { PeerNode } from './start-libp2p.ts'

const DIRECT_ATTEMPTS = 3

/** Makes links. */
export interface Dialer {
  /**
   * A link to the peer, direct if that can be had. Throws `not-connected`, `timeout`, `aborted`, or `unavailable` when the
   * page bears no more connections. What failed is noted in the log, also when a relayed link came about instead.
   */
  connect(peerId: PeerId, addresses: readonly string[], signal?: AbortSignal): Promise<Link>
}

/** A dialer that knows the servers' addresses; it goes through the relays among them, and those that a peer's addresses name. */
export function createDialer(
  components: {
    readonly node: PeerNode
    readonly links: Links
    readonly clock: Pick<Clock, 'deadline'>
    /** Makes room for one more direct link, or throws. */
    readonly makeRoom: () => Promise<void>
    readonly peerConnections: Pick<PeerConnections, 'hasRoom'>
    readonly log: Pick<NetworkLog, 'note'>
  },
  options: {
    readonly servers: readonly ServerAddress[]
    readonly relays: readonly ServerAddress[]
    readonly dialTimeoutMs: number
  },
): Dialer {
  const { node, links, clock, makeRoom, peerConnections, log } = components
  const { servers, dialTimeoutMs } = options
  const relays = options.relays.map((relay) => relay.address)
  const dialling = new Map<PeerId, Promise<Link>>()

  function isLinked(id: string): boolean {
    return node.getConnections().some(({ remotePeer, limits }) => !limits && remotePeer.toString() === id)
  }

  async function dial(
    peerId: PeerId,
    addresses: readonly Multiaddr[],
    signal = clock.deadline(dialTimeoutMs),
  ): Promise<Link> {
    const watch = createDialWatch()
    try {
      await node.dial([...addresses], { signal, onProgress: watch.onProgress })
    } catch (error) {
      // The other side may have come first, which makes our own attempt fail.
      const link = links.link(peerId)
      if (link !== undefined && link.kind !== 'relay') return link
      const failure = watch.failure(error)
      note(peerId, failure)
      throw toDialError(error, failure, `Dialling ${nameOf(peerId)}`)
    }
    const link = links.link(peerId)
    if (link === undefined) throw refusal('refused', peerId)
    return link
  }

  function nameOf(peerId: PeerId): string {
    return links.isServer(peerId) ? 'the server' : shortPeerId(peerId)
  }

  function note(peerId: PeerId, failure: LinkFailure): void {
    const kind = links.isServer(peerId) ? 'relay' : 'peer'
    log.note({ kind, peerId, failure, message: describeFailure(failure).meaning })
  }

  /** Notes and says why a link is not even tried, or did not last. */
  function refusal(failure: LinkFailure, peerId: PeerId, code: ErrorCode = 'not-connected'): LoremeshError {
    note(peerId, failure)
    const { meaning, hint } = describeFailure(failure)
    return new LoremeshError(code, `Dialling ${nameOf(peerId)} failed: ${meaning}`, hint)
  }

  /** WebRTC a few times, for a dial now and then gets lost at once or hangs; no longer than twice the dial's limit. */
  async function dialDirectly(peerId: PeerId, addresses: readonly Multiaddr[]): Promise<Link> {
    const atMost = clock.deadline(2 * dialTimeoutMs)
    for (let attempt = 1; ; attempt++) {
      try {
        return await dial(peerId, addresses, clock.deadline(dialTimeoutMs, atMost))
      } catch (error) {
        if (attempt === DIRECT_ATTEMPTS || atMost.aborted) throw error
      }
    }
  }

  async function dialPeer(peerId: PeerId, addresses: readonly string[]): Promise<Link> {
    const plan = planDial(peerId, addresses, { relays, isLinked })
    if (plan.direct.length === 0) throw refusal('no-route', peerId)
    if (!peerConnections.hasRoom()) throw refusal('too-many-connections', peerId, 'unavailable')
    await makeRoom()
    try {
      return await dialDirectly(peerId, plan.direct)
    } catch (error) {
      const relayed = links.link(peerId)
      if (relayed !== undefined) return relayed
      return dial(peerId, plan.relayed).catch(() => {
        throw error
      })
    }
  }

  return {
    connect(peerId, addresses, signal) {
      const link = links.link(peerId)
      if (link !== undefined && link.kind !== 'relay') return Promise.resolve(link)
      let attempt = dialling.get(peerId)
      if (attempt === undefined) {
        const server = servers.find((known) => known.peerId === peerId)
        const dialled = server === undefined ? dialPeer(peerId, addresses) : dial(peerId, [server.address])
        attempt = dialled.finally(() => dialling.delete(peerId))
        dialling.set(peerId, attempt)
      }
      return signal === undefined ? attempt : abortable(attempt, signal)
    },
  }
}
