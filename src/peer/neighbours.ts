import type { PeerId } from '../domain/identity/account.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { choosePeersToLink, countMissingLinks } from '../domain/network/link-budget.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting } from '../ports/context-routing.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import { randomFraction } from './random-fraction.ts'
import type { Rejoiner } from './rejoin.ts'

/** Peers that are asked for, so that there is a choice. */
const LISTED_PEERS = 16
const INTERVAL_MS = 10_000
const CONNECT_TIMEOUT_MS = 12_000

/** Keeps a few direct links to peers that share something. */
export interface Neighbours {
  /** Looks for neighbours now, if links are missing. */
  seek(): Promise<void>
  stop(): void
}

/**
 * Creates the keeper of links; it looks again every ten seconds. Anchors, which it had links to for long,
 * in this run or an earlier one, are linked again before anybody else.
 */
export function createNeighbours(components: {
  readonly self: PeerId
  readonly network: Pick<Network, 'connect'>
  readonly networkState: () => NetworkState
  readonly routing: ContextRouting
  readonly rejoiner: Pick<Rejoiner, 'anchors'>
  readonly clock: Clock
  readonly randomness: Randomness
}): Neighbours {
  const { self, network, networkState, routing, rejoiner, clock, randomness } = components
  let seeking: Promise<void> | undefined

  async function seekOnce(): Promise<void> {
    const { phase, links } = networkState()
    const direct = links.filter(({ kind, isServer }) => kind !== 'relay' && !isServer)
    const missing = countMissingLinks(direct)
    if (missing === 0 || phase === 'starting' || phase === 'offline') return
    const deadline = clock.deadline(CONNECT_TIMEOUT_MS)
    const listed = await routing.listPeers(LISTED_PEERS, deadline).catch(onlyAnchors)
    const addresses = new Map(listed.map((peer) => [peer.peerId, peer.addresses]))
    const anchors = rejoiner.anchors()
    for (const { peerId, addresses: kept } of anchors) {
      addresses.set(peerId, [...new Set([...(addresses.get(peerId) ?? []), ...kept])])
    }
    const linked = new Set([self, ...direct.map(({ peerId }) => peerId)])
    const chosen = choosePeersToLink(
      [...addresses.keys()].filter((peerId) => !linked.has(peerId)),
      {
        count: missing,
        anchors: new Set(anchors.map(({ peerId }) => peerId)),
        random: () => randomFraction(randomness),
      },
    )
    await Promise.allSettled(
      chosen.map((peerId) => network.connect(peerId, addresses.get(peerId) ?? [], deadline)),
    )
  }

  async function seek(): Promise<void> {
    seeking ??= seekOnce().finally(() => (seeking = undefined))
    return seeking
  }

  const stop = clock.every(INTERVAL_MS, () => void seek())
  return { seek, stop }
}

/** Without anybody who tells of others the anchors are left; the next round asks again. */
function onlyAnchors(error: unknown): readonly never[] {
  if (!isLoremeshError(error)) throw error
  return []
}
