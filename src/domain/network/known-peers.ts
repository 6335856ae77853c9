import type { PeerId } from '../identity/account.ts'

/** A peer that was linked before, or that an invitation names. */
export interface KnownPeer {
  readonly peerId: PeerId
  /** Where it could be reached, as multiaddrs; at most `MAX_KNOWN_ADDRESSES`. */
  readonly addresses: readonly string[]
  /** When it was linked last; 0 for one that is only known from an invitation. */
  readonly linkedAtMs: number
  /** Attempts to reach it that failed since then. */
  readonly failures: number
  /** When it was an anchor last (`chooseAnchors`); absent when it never was, or no more counts as one. */
  readonly anchoredAtMs?: number
}

/** Peers that are remembered: enough that one of them is there, few enough to try. */
export const MAX_KNOWN_PEERS = 64
export const MAX_KNOWN_ADDRESSES = 8
/** Places kept for peers that listen for themselves: only they are reached when nobody is linked. */
const PLACES_OF_LISTENERS = MAX_KNOWN_PEERS / 2
/** Fewer than are tried at once, so that anchors which are gone don't keep a peer away from the others. */
export const MAX_KNOWN_ANCHORS = 4
const MAX_AGE_MS = 30 * 86_400_000
/** After so many attempts nobody is believed to be there whom only an invitation named. */
const MAX_FAILURES = 8

/** A peer and where it is, as an invitation names it. */
export type SeenPeer = Pick<KnownPeer, 'peerId' | 'addresses'>

/** A linked peer as it is noted. */
export interface LinkedPeer extends SeenPeer {
  readonly isAnchor: boolean
}

/** True when the peer can be reached without anybody who leads to it. */
export function isListening({ addresses }: Pick<KnownPeer, 'addresses'>): boolean {
  return listenedAddresses(addresses).length > 0
}

/** Those of a peer's addresses that lead straight to it. */
export function listenedAddresses(addresses: readonly string[]): readonly string[] {
  return addresses.filter(leadsStraight)
}

function leadsStraight(address: string): boolean {
  return !address.includes('/p2p-circuit')
}

/** As many addresses as are kept, those first that need nobody else. */
function keptAddresses(addresses: readonly string[]): readonly string[] {
  const others = addresses.filter((address) => !leadsStraight(address))
  return [...listenedAddresses(addresses), ...others].slice(0, MAX_KNOWN_ADDRESSES)
}

/** True when the peer was an anchor and still counts as one: it is linked again before others. */
export function isKnownAnchor({ anchoredAtMs }: KnownPeer): boolean {
  return anchoredAtMs !== undefined
}

/**
 * What is remembered once these peers are linked: they are as good as new, who is too old or too many is forgotten, and of
 * the anchors those stay marked that were it last.
 */
export function rememberPeers(
  known: readonly KnownPeer[],
  linked: readonly LinkedPeer[],
  nowMs: number,
): readonly KnownPeer[] {
  const byPeer = new Map(known.map((peer) => [peer.peerId, peer]))
  for (const { peerId, addresses, isAnchor } of linked) {
    const earlier = byPeer.get(peerId)
    const kept = addresses.length > 0 ? addresses : (earlier?.addresses ?? [])
    byPeer.set(peerId, {
      ...earlier,
      peerId,
      addresses: keptAddresses(kept),
      linkedAtMs: nowMs,
      failures: 0,
      ...(isAnchor && { anchoredAtMs: nowMs }),
    })
  }
  return forget([...byPeer.values()], nowMs)
}

/** What is remembered once an invitation was read: whom it names is tried like others, and replaces nobody. */
export function rememberInvited(
  known: readonly KnownPeer[],
  invited: readonly SeenPeer[],
): readonly KnownPeer[] {
  const ids = new Set(known.map(({ peerId }) => peerId))
  const strangers = invited.filter(({ peerId }) => !ids.has(peerId))
  const added = strangers.map(({ peerId, addresses }) => ({
    peerId,
    addresses: keptAddresses(addresses),
    linkedAtMs: 0,
    failures: 0,
  }))
  return [...known, ...added].slice(0, MAX_KNOWN_PEERS)
}

/** What is remembered once this peer could not be reached. */
export function noteFailure(
  known: readonly KnownPeer[],
  peerId: PeerId,
  nowMs: number,
): readonly KnownPeer[] {
  const noted = known.map((peer) =>
    peer.peerId === peerId ? { ...peer, failures: peer.failures + 1 } : peer,
  )
  return forget(noted, nowMs)
}

/**
 * Known peers in the order in which to try them: those that failed least, of these anchors, then those that listen, then
 * those linked last. Those that nobody could reach now, for they are known by nothing but others, stand last.
 */
export function orderToTry(known: readonly KnownPeer[]): readonly KnownPeer[] {
  const rank = (peer: KnownPeer): number => (isKnownAnchor(peer) ? 0 : isListening(peer) ? 1 : 2)
  return [...known].sort(
    (a, b) => a.failures - b.failures || rank(a) - rank(b) || b.linkedAtMs - a.linkedAtMs,
  )
}

function forget(known: readonly KnownPeer[], nowMs: number): readonly KnownPeer[] {
  const worthIt = orderToTry(unmark(known, nowMs)).filter(
    // Who was linked is not forgotten for failures: it may be this peer that is offline.
    ({ linkedAtMs, failures }) =>
      linkedAtMs === 0 ? failures < MAX_FAILURES : nowMs - linkedAtMs < MAX_AGE_MS,
  )
  const anchors = worthIt.filter(isKnownAnchor)
  const listeners = worthIt.filter((peer) => !isKnownAnchor(peer) && isListening(peer))
  const others = worthIt.filter((peer) => !isKnownAnchor(peer) && !isListening(peer))
  const room = MAX_KNOWN_PEERS - anchors.length
  const kept = listeners.slice(0, Math.max(PLACES_OF_LISTENERS, room - others.length))
  return orderToTry([...anchors, ...kept, ...others.slice(0, room - kept.length)])
}

/** The same peers, of whom those alone are marked as anchors that were it last, and not too long ago. */
function unmark(known: readonly KnownPeer[], nowMs: number): readonly KnownPeer[] {
  const newest = known
    .filter(({ anchoredAtMs = 0 }) => nowMs - anchoredAtMs < MAX_AGE_MS)
    .sort((a, b) => (b.anchoredAtMs ?? 0) - (a.anchoredAtMs ?? 0))
    .slice(0, MAX_KNOWN_ANCHORS)
  return known.map((peer) => (newest.includes(peer) ? peer : withoutMark(peer)))
}

function withoutMark({ peerId, addresses, linkedAtMs, failures }: KnownPeer): KnownPeer {
  return { peerId, addresses, linkedAtMs, failures }
}
