import type { PeerId } from '../domain/identity/account.ts'
import {
  isKnownAnchor,
  noteFailure,
  orderToTry,
  rememberPeers,
  type KnownPeer,
  type LinkedPeer,
} from '../domain/network/known-peers.ts'
import { chooseAnchors } from '../domain/network/link-budget.ts'
import type { Clock } from '../ports/clock.ts'
import type { KnownPeers } from '../ports/known-peers.ts'
import type { Network, NetworkState } from '../ports/network.ts'
import type { Randomness } from '../ports/randomness.ts'
import { randomFraction } from './random-fraction.ts'

/** Peers linked directly below which known ones are tried: one of them leads to others. */
const WANTED_LINKS = 2
const LOOK_INTERVAL_MS = 1_000
/** Who stays linked is noted this often; who comes or goes is noted at the next look. */
const NOTE_INTERVAL_MS = 300_000
/** How often it is looked where those who stay are: that reads something of each of them. */
const REVIEW_INTERVAL_MS = 5_000
/** Known peers tried at the same time; more are tried afterwards, each time after a longer pause. */
const TRIED_AT_ONCE = 6
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 30_000
/** Attempts are spread over this time, so that those who lost a server together don't come back together. */
const JITTER_MS = 1_500
const CONNECT_TIMEOUT_MS = 12_000

/** Remembers the peers that were linked, and goes back to them when nobody is linked. */
export interface Rejoiner {
  /** Takes up what earlier runs remembered, and tries it. */
  start(): Promise<void>
  /** Who is remembered, those first that are worth trying first. */
  known(): readonly KnownPeer[]
  /** Those of them that were anchors, in this run or an earlier one. */
  anchors(): readonly KnownPeer[]
  /** Notes who is linked, a last time. */
  stop(): Promise<void>
}

/** Creates the keeper of known peers; it does nothing before `start`. */
export function createRejoiner(components: {
  readonly self: PeerId
  readonly network: Pick<Network, 'connect' | 'addressesOf'>
  readonly networkState: () => NetworkState
  readonly knownPeers: KnownPeers
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'every' | 'sleep' | 'deadline'>
  readonly randomness: Randomness
}): Rejoiner {
  const { self, network, networkState, knownPeers, clock, randomness } = components
  let known: readonly KnownPeer[] = []
  let stopLooking: () => void = () => undefined
  let isTrying = false
  let pauseMs = FIRST_PAUSE_MS
  let nextTryMs = 0
  let noted = '[]'
  let notedAtMs = 0
  let reviewed = ''
  let nextReviewMs = 0

  function directLinks(): NetworkState['links'] {
    return networkState().links.filter(({ kind, isServer }) => kind !== 'relay' && !isServer)
  }

  function linkedPeers(): readonly PeerId[] {
    return directLinks().map(({ peerId }) => peerId)
  }

  /** Those of the linked peers that are worth coming back to before others. */
  function linkedAnchors(): ReadonlySet<PeerId> {
    const nowMs = clock.nowMs()
    return new Set(chooseAnchors(directLinks().map((link) => ({ ...link, ageMs: nowMs - link.openedAtMs }))))
  }

  /** Notes who is linked and where each can be reached, if that has changed or was noted long ago. */
  async function note(): Promise<void> {
    const peers = linkedPeers()
    if (peers.join() === reviewed && clock.monotonicMs() < nextReviewMs) return
    reviewed = peers.join()
    nextReviewMs = clock.monotonicMs() + REVIEW_INTERVAL_MS
    const anchors = linkedAnchors()
    const linked = peers.map(async (peerId): Promise<LinkedPeer> => ({
      peerId,
      addresses: await network.addressesOf(peerId),
      isAnchor: anchors.has(peerId),
    }))
    const seen = await Promise.all(linked)
    const text = JSON.stringify(seen)
    if (text === noted && clock.nowMs() - notedAtMs < NOTE_INTERVAL_MS) return
    known = rememberPeers(known, seen, clock.nowMs())
    await knownPeers.save(known)
    // What could not be stored is stored at the next review.
    noted = text
    notedAtMs = clock.nowMs()
  }

  async function tryPeer(peer: KnownPeer): Promise<void> {
    const { peerId, addresses } = peer
    await clock.sleep(JITTER_MS * randomFraction(randomness))
    // An anchor is worth a link though others were faster: these may be whoever waits for this peer to come back.
    if (linkedPeers().length >= WANTED_LINKS && !isKnownAnchor(peer)) return
    try {
      await network.connect(peerId, addresses, clock.deadline(CONNECT_TIMEOUT_MS))
    } catch {
      known = noteFailure(known, peerId, clock.nowMs())
    }
  }

  async function tryKnown(): Promise<void> {
    const linked = new Set(linkedPeers())
    if (linked.size >= WANTED_LINKS) pauseMs = FIRST_PAUSE_MS
    if (linked.size >= WANTED_LINKS || isTrying || clock.monotonicMs() < nextTryMs) return
    isTrying = true
    const candidates = orderToTry(known).filter(({ peerId }) => peerId !== self && !linked.has(peerId))
    await Promise.all(candidates.slice(0, TRIED_AT_ONCE).map(tryPeer))
    isTrying = false
    nextTryMs = clock.monotonicMs() + pauseMs
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  }

  function look(): void {
    void tryKnown()
    void note().catch(() => undefined)
  }

  return {
    async start() {
      known = rememberPeers(await knownPeers.load(), [], clock.nowMs())
      stopLooking = clock.every(LOOK_INTERVAL_MS, look)
      void tryKnown()
    },
    known: () => known,
    anchors: () => known.filter(isKnownAnchor),
    async stop() {
      stopLooking()
      nextReviewMs = 0
      await note().catch(() => undefined)
    },
  }
}
