import type { PeerId } from '../domain/identity/account.ts'
import {
  noteFailure,
  orderToTry,
  rememberPeers,
  type KnownPeer,
  type SeenPeer,
} from '../domain/network/known-peers.ts'
import type { Clock } from '../ports/clock.ts'
import type { KnownPeers } from '../ports/known-peers.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import { randomFraction } from './random-fraction.ts'

/** Peers linked directly below which known ones are tried: one of them leads to others. */
const WANTED_LINKS = 2
const TRY_INTERVAL_MS = 10_000
const NOTE_INTERVAL_MS = 30_000
/** Known peers tried at the same time; more are tried ten seconds later. */
const TRIED_AT_ONCE = 6
/** Attempts are spread over this time, so that those who lost a server together don't come back together. */
const JITTER_MS = 1_500
const CONNECT_TIMEOUT_MS = 12_000

/** Remembers the peers that were linked, and goes back to them when nobody is linked. */
export interface Rejoiner {
  /** Takes up what earlier runs remembered, and tries it. */
  start(): Promise<void>
  /** Peers that listen for themselves, which others can be told of; those linked last first. */
  known(): readonly KnownPeer[]
  /** Notes who is linked, a last time. */
  stop(): Promise<void>
}

/** Creates the keeper of known peers; it does nothing before `start`. */
export function createRejoiner(components: {
  readonly self: PeerId
  readonly network: Pick<Network, 'connect' | 'addressesOf'>
  readonly networkState: () => NetworkState
  readonly knownPeers: KnownPeers
  readonly clock: Pick<Clock, 'nowMs' | 'every' | 'sleep' | 'deadline'>
  readonly randomness: Randomness
}): Rejoiner {
  const { self, network, networkState, knownPeers, clock, randomness } = components
  let known: readonly KnownPeer[] = []
  let stops: readonly (() => void)[] = []
  let trying: Promise<unknown> | undefined

  function linkedPeers(): readonly PeerId[] {
    const direct = networkState().links.filter(({ kind, isServer }) => kind !== 'relay' && !isServer)
    return direct.map(({ peerId }) => peerId)
  }

  async function note(): Promise<void> {
    const seen = linkedPeers().map(async (peerId): Promise<SeenPeer> => ({
      peerId,
      addresses: await network.addressesOf(peerId),
    }))
    known = rememberPeers(known, await Promise.all(seen), clock.nowMs())
    await knownPeers.save(known)
  }

  async function tryPeer({ peerId, addresses }: KnownPeer): Promise<void> {
    await clock.sleep(JITTER_MS * randomFraction(randomness))
    if (linkedPeers().length >= WANTED_LINKS) return
    try {
      await network.connect(peerId, addresses, clock.deadline(CONNECT_TIMEOUT_MS))
    } catch {
      known = noteFailure(known, peerId, clock.nowMs())
    }
  }

  function tryKnown(): void {
    const linked = new Set(linkedPeers())
    if (linked.size >= WANTED_LINKS || trying !== undefined) return
    const candidates = orderToTry(known).filter(({ peerId }) => peerId !== self && !linked.has(peerId))
    trying = Promise.all(candidates.slice(0, TRIED_AT_ONCE).map(tryPeer)).finally(() => (trying = undefined))
  }

  return {
    async start() {
      known = await knownPeers.load()
      stops = [
        clock.every(TRY_INTERVAL_MS, tryKnown),
        // What can't be stored now is stored half a minute later.
        clock.every(NOTE_INTERVAL_MS, () => void note().catch(() => undefined)),
      ]
      tryKnown()
    },
    known: () => known,
    async stop() {
      for (const stop of stops) stop()
      await note().catch(() => undefined)
    },
  }
}
