import type { Multiaddr } from '@multiformats/multiaddr'
import { shortPeerId, type PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PeerLink } from '../../ports/network.ts'
import { abortable, toNetworkError } from './abortable.ts'
import { planDial, type ServerAddress } from './addresses.ts'
import type { Links } from './links.ts'
import type { PeerNode } from './start-libp2p.ts'

const DIRECT_ATTEMPTS = 3

/** Makes links. */
export interface Dialer {
  /** A link to the peer, direct if that can be had. Throws `not-connected`, `timeout` or `aborted`. */
  connect(peerId: PeerId, addresses: readonly string[], signal?: AbortSignal): Promise<PeerLink>
}

/** A dialer that knows the servers' addresses; it goes through the relays among them, and those that a peer's addresses name. */
export function createDialer(
  components: {
    readonly node: PeerNode
    readonly links: Links
    readonly clock: Pick<Clock, 'deadline'>
    /** Makes room for one more direct link, or throws. */
    readonly makeRoom: () => Promise<void>
  },
  options: {
    readonly servers: readonly ServerAddress[]
    readonly relays: readonly ServerAddress[]
    readonly dialTimeoutMs: number
  },
): Dialer {
  const { node, links, clock, makeRoom } = components
  const { servers, dialTimeoutMs } = options
  const relays = options.relays.map((relay) => relay.address)
  const dialling = new Map<PeerId, Promise<PeerLink>>()

  function isLinked(id: string): boolean {
    return node.getConnections().some(({ remotePeer, limits }) => !limits && remotePeer.toString() === id)
  }

  async function dial(
    peerId: PeerId,
    addresses: readonly Multiaddr[],
    signal = clock.deadline(dialTimeoutMs),
  ): Promise<PeerLink> {
    try {
      await node.dial([...addresses], { signal })
    } catch (error) {
      // The other side may have come first, which makes our own attempt fail.
      const link = links.link(peerId)
      if (link !== undefined && link.kind !== 'relay') return link
      throw toNetworkError(error, `Dialling ${links.isServer(peerId) ? 'the server' : shortPeerId(peerId)}`)
    }
    const link = links.link(peerId)
    if (link === undefined)
      throw new LoremeshError('not-connected', `${peerId} closed the connection at once`)
    return link
  }

  /** WebRTC a few times, for a dial now and then gets lost at once or hangs; no longer than twice the dial's limit. */
  async function dialDirectly(peerId: PeerId, addresses: readonly Multiaddr[]): Promise<PeerLink> {
    const atMost = clock.deadline(2 * dialTimeoutMs)
    for (let attempt = 1; ; attempt++) {
      try {
        return await dial(peerId, addresses, clock.deadline(dialTimeoutMs, atMost))
      } catch (error) {
        if (attempt === DIRECT_ATTEMPTS || atMost.aborted) throw error
      }
    }
  }

  async function dialPeer(peerId: PeerId, addresses: readonly string[]): Promise<PeerLink> {
    const plan = planDial(peerId, addresses, { relays, isLinked })
    if (plan.direct.length === 0) {
      throw new LoremeshError('not-connected', `No address leads to ${peerId}`, 'Connect to a relay first')
    }
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
