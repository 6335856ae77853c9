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
}

/** Peers that are remembered: enough that one of them is there, few enough to try. */
export const MAX_KNOWN_PEERS = 64
export const MAX_KNOWN_ADDRESSES = 8
/** Places kept for peers that listen for themselves: only they are reached when nobody is linked. */
const PLACES_OF_LISTENERS = MAX_KNOWN_PEERS / 2
const MAX_AGE_MS = 30 * 86_400_000
/** After so many attempts nobody is believed to be there whom only an invitation named. */
const MAX_FAILURES = 8

/** A link as it is noted. */
export type SeenPeer = Pick<KnownPeer, 'peerId' | 'addresses'>

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

/** What is remembered once these peers are linked: they are as good as new, and who is too old or too many is forgotten. */
export function rememberPeers(
  known: readonly KnownPeer[],
  linked: readonly SeenPeer[],
  nowMs: number,
): readonly KnownPeer[] {
  const byPeer = new Map(known.map((peer) => [peer.peerId, peer]))
  for (const { peerId, addresses } of linked) {
    const kept = addresses.length > 0 ? addresses : (byPeer.get(peerId)?.addresses ?? [])
    byPeer.set(peerId, {
      peerId,
      addresses: keptAddresses(kept),
      linkedAtMs: nowMs,
      failures: 0,
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
 * Known peers in the order in which to try them: those that failed least, of these those that listen, then those linked
 * last. Those that nobody could reach now, for they are known by nothing but others, stand last.
 */
export function orderToTry(known: readonly KnownPeer[]): readonly KnownPeer[] {
  const rank = (peer: KnownPeer): number => (isListening(peer) ? 0 : 1)
  return [...known].sort(
    (a, b) => a.failures - b.failures || rank(a) - rank(b) || b.linkedAtMs - a.linkedAtMs,
  )
}

function forget(known: readonly KnownPeer[], nowMs: number): readonly KnownPeer[] {
  const worthIt = orderToTry(known).filter(
    // Who was linked is not forgotten for failures: it may be this peer that is offline.
    ({ linkedAtMs, failures }) =>
      linkedAtMs === 0 ? failures < MAX_FAILURES : nowMs - linkedAtMs < MAX_AGE_MS,
  )
  const listeners = worthIt.filter(isListening)
  const others = worthIt.filter((peer) => !isListening(peer))
  const places = Math.max(PLACES_OF_LISTENERS, MAX_KNOWN_PEERS - others.length)
  const kept = listeners.slice(0, places)
  return orderToTry([...kept, ...others.slice(0, MAX_KNOWN_PEERS - kept.length)])
}
