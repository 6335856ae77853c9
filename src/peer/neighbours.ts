import type { PeerId } from '../domain/identity/account.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import { chooseAnchors, choosePeersToLink, countMissingLinks } from '../domain/network/link-budget.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting } from '../ports/context-routing.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import { randomFraction } from './random-fraction.ts'

/** Peers that are asked for, so that there is a choice. */
const LISTED_PEERS = 16
/** Anchors that are remembered after their links broke. */
const REMEMBERED_ANCHORS = 8
const INTERVAL_MS = 10_000
const CONNECT_TIMEOUT_MS = 12_000

/** Keeps a few direct links to peers that share something. */
export interface Neighbours {
  /** Looks for neighbours now, if links are missing. */
  seek(): Promise<void>
  stop(): void
}

/**
 * Creates the keeper of links; it looks again every ten seconds. Anchors, which it had links to for long, are linked again
 * before anybody else.
 */
export function createNeighbours(components: {
  readonly self: PeerId
  readonly network: Pick<Network, 'connect'>
  readonly networkState: () => NetworkState
  readonly routing: ContextRouting
  readonly clock: Clock
  readonly randomness: Randomness
}): Neighbours {
  const { self, network, networkState, routing, clock, randomness } = components
  let anchors: readonly PeerId[] = []
  let seeking: Promise<void> | undefined

  function rememberAnchors(links: NetworkState['links']): void {
    const nowMs = clock.nowMs()
    const aged = links.map((link) => ({ ...link, ageMs: nowMs - link.openedAtMs }))
    anchors = [...new Set([...chooseAnchors(aged), ...anchors])].slice(0, REMEMBERED_ANCHORS)
  }

  async function seekOnce(): Promise<void> {
    const { phase, links } = networkState()
    const direct = links.filter(({ kind, isServer }) => kind !== 'relay' && !isServer)
    rememberAnchors(direct)
    const missing = countMissingLinks(direct)
    if (missing === 0 || phase === 'starting' || phase === 'offline') return
    const deadline = clock.deadline(CONNECT_TIMEOUT_MS)
    const listed = await routing.listPeers(LISTED_PEERS, deadline).catch(onlyAnchors)
    const addresses = new Map(listed.map((peer) => [peer.peerId, peer.addresses]))
    for (const peerId of anchors) if (!addresses.has(peerId)) addresses.set(peerId, [])
    const linked = new Set([self, ...direct.map(({ peerId }) => peerId)])
    const chosen = choosePeersToLink(
      [...addresses.keys()].filter((peerId) => !linked.has(peerId)),
      { count: missing, anchors: new Set(anchors), random: () => randomFraction(randomness) },
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
