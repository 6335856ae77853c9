import type { PeerId } from '../domain/identity/account.ts'
import { isLoremeshError } from '../domain/kernel/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContextRouting } from '../ports/context-routing.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import { shuffle } from './shuffle.ts'

/** Direct links that a peer tries to hold, so that gossip and questions have somewhere to go. */
const WANTED_LINKS = 4
const INTERVAL_MS = 10_000
const CONNECT_TIMEOUT_MS = 12_000

/** Keeps a few direct links to peers that share something. */
export interface Neighbours {
  /** Looks for neighbours now, if too few are linked. */
  seek(): Promise<void>
  stop(): void
}

/** Creates the keeper of links; it looks again every ten seconds. */
export function createNeighbours(components: {
  readonly self: PeerId
  readonly network: Pick<Network, 'connect'>
  readonly networkState: () => NetworkState
  readonly routing: ContextRouting
  readonly clock: Clock
  readonly randomness: Randomness
}): Neighbours {
  const { self, network, networkState, routing, clock, randomness } = components
  let seeking: Promise<void> | undefined

  async function seekOnce(): Promise<void> {
    const { phase, links } = networkState()
    const linked = new Set(links.filter((link) => link.kind === 'webrtc').map((link) => link.peerId))
    const missing = WANTED_LINKS - linked.size
    if (missing <= 0 || phase === 'starting' || phase === 'offline') return
    const deadline = clock.deadline(CONNECT_TIMEOUT_MS)
    const listed = await routing.listPeers(WANTED_LINKS * 4, deadline)
    const strangers = listed.filter(({ peerId }) => peerId !== self && !linked.has(peerId))
    const chosen = shuffle(strangers, randomness).slice(0, missing)
    await Promise.allSettled(
      chosen.map(({ peerId, addresses }) => network.connect(peerId, addresses, deadline)),
    )
  }

  async function seek(): Promise<void> {
    seeking ??= seekOnce()
      .catch((error: unknown) => {
        // Without the tracker there is nobody to ask; the next round tries again.
        if (!isLoremeshError(error)) throw error
      })
      .finally(() => (seeking = undefined))
    return seeking
  }

  const stop = clock.every(INTERVAL_MS, () => void seek())
  return { seek, stop }
}
