import type { PeerId } from '../identity/account.ts'
import { LOCAL_GROUP } from './network-group.ts'

/** What speaks most for keeping a link. */
export type KeepReason =
  /** It leads to the server. */
  | 'server'
  /** It carried a request a moment ago. */
  | 'busy'
  /** It leads to an anchor: a peer of long standing that this peer itself chose. */
  | 'anchor'
  /** The peer introduces others to this one. */
  | 'introducer'
  /** It is the best one into its network. */
  | 'distinct-network'
  /** It is worth more than most are. */
  | 'useful'
  /** It is younger than the time in which a link can show what it is good for. */
  | 'new'
  /** Nothing but that there is room. */
  | 'spare'

/** A direct link to a peer that is no server, as the budget sees it. */
export interface LinkFacts {
  readonly peerId: PeerId
  readonly direction: 'inbound' | 'outbound'
  readonly ageMs: number
  /** Time since it carried a request; Infinity before the first. */
  readonly idleMs: number
  /** Last measured round trip; NaN before the first. */
  readonly rttMs: number
  /** Bytes carried, both ways. */
  readonly bytes: number
  /** Topics of gossip in whose mesh the peer is. */
  readonly meshTopics: number
  /** By `networkGroupOf`; empty while unknown. */
  readonly networkGroup: string
  readonly isIntroducer: boolean
}

/** A link, what it is worth, and why it is kept. */
export interface RankedLink {
  readonly peerId: PeerId
  /** From 0 to 1. */
  readonly usefulness: number
  readonly keptFor: KeepReason
}

/** Direct links that a peer tries to hold, so that gossip and questions have somewhere to go. */
const WANTED_LINKS = 4
/**
 * Networks into which a peer opens links of its own choice: whoever surrounds a peer by dialling it, or holds one network,
 * does not cut it off from the others.
 */
const WANTED_NETWORKS = 3
/** No more links of its own choice than these for the sake of other networks. */
const MAX_SOUGHT = 8
/** Oldest outbound links that are kept and made again first. */
const MAX_ANCHORS = 4
const ANCHOR_AGE_MS = 600_000
/** A link that carried a request this recently is not closed to make room. */
const BUSY_MS = 10_000
const NEW_MS = 30_000
const USEFUL = 0.5
/** From as many links into one network on, one of them gives way to a stranger. */
const CROWDED = 3

/** What is worth half of the most. */
const HALF_BYTES = 1_048_576
const HALF_TOPICS = 2
const HALF_RTT_MS = 200
const HALF_AGE_MS = 600_000

/** What goes first when room is needed. */
const order: readonly KeepReason[] = [
  'spare',
  'new',
  'useful',
  'distinct-network',
  'introducer',
  'anchor',
  'busy',
  'server',
]

/**
 * What a link is worth, from 0 to 1: four tenths for what it carried, two each for its part in the gossip, for nearness and
 * for age. Each share grows from 0 to all of it and has half where the constants above say.
 */
function usefulnessOf({ bytes, meshTopics, rttMs, ageMs }: LinkFacts): number {
  const near = Number.isNaN(rttMs) ? 0 : HALF_RTT_MS / (HALF_RTT_MS + rttMs)
  return (
    0.4 * (bytes / (bytes + HALF_BYTES)) +
    0.2 * (meshTopics / (meshTopics + HALF_TOPICS)) +
    0.2 * near +
    0.2 * (ageMs / (ageMs + HALF_AGE_MS))
  )
}

/** True for a network of the public internet; who is near, or of whom it is unknown, is in a network of their own. */
function isShared(networkGroup: string): boolean {
  return networkGroup !== '' && networkGroup !== LOCAL_GROUP
}

/** Networks into which these links lead. */
function countNetworks(links: readonly Pick<LinkFacts, 'peerId' | 'networkGroup'>[]): number {
  return new Set(links.map(({ peerId, networkGroup }) => (isShared(networkGroup) ? networkGroup : peerId)))
    .size
}

/** The outbound links that have stood longest: their peers were chosen here, and whoever wants to surround this peer came later. */
export function chooseAnchors(
  links: readonly Pick<LinkFacts, 'peerId' | 'direction' | 'ageMs'>[],
): readonly PeerId[] {
  return links
    .filter(({ direction, ageMs }) => direction === 'outbound' && ageMs >= ANCHOR_AGE_MS)
    .sort((a, b) => b.ageMs - a.ageMs)
    .slice(0, MAX_ANCHORS)
    .map(({ peerId }) => peerId)
}

/** The links with what they are worth, best first; from the end of the list they are closed when room is needed. */
export function rankLinks(links: readonly LinkFacts[]): readonly RankedLink[] {
  const anchors = new Set(chooseAnchors(links))
  const worth = new Map(links.map((link) => [link.peerId, usefulnessOf(link)]))
  const crowds = new Map<string, number>()
  const best = new Map<string, LinkFacts>()
  for (const link of links) {
    const { networkGroup } = link
    crowds.set(networkGroup, (crowds.get(networkGroup) ?? 0) + 1)
    const other = best.get(networkGroup)
    const isBetter = other === undefined || (worth.get(link.peerId) ?? 0) > (worth.get(other.peerId) ?? 0)
    if (isShared(networkGroup) && isBetter) best.set(networkGroup, link)
  }

  function reasonOf(link: LinkFacts): KeepReason {
    if (link.idleMs < BUSY_MS) return 'busy'
    if (anchors.has(link.peerId)) return 'anchor'
    if (link.isIntroducer) return 'introducer'
    if (best.get(link.networkGroup) === link) return 'distinct-network'
    if ((worth.get(link.peerId) ?? 0) >= USEFUL) return 'useful'
    return link.ageMs < NEW_MS ? 'new' : 'spare'
  }

  /** How many links lead into the same network. */
  const crowdOf = ({ networkGroup }: LinkFacts) =>
    isShared(networkGroup) ? (crowds.get(networkGroup) ?? 0) : 1
  return links
    .map((link) => ({
      link,
      crowd: crowdOf(link),
      usefulness: worth.get(link.peerId) ?? 0,
      keptFor: reasonOf(link),
    }))
    .sort(
      (a, b) =>
        order.indexOf(b.keptFor) - order.indexOf(a.keptFor) ||
        a.crowd - b.crowd ||
        b.usefulness - a.usefulness ||
        a.link.idleMs - b.link.idleMs,
    )
    .map(({ link, usefulness, keptFor }) => ({ peerId: link.peerId, usefulness, keptFor }))
}

/** The peer whose link is closed for one that this peer wants to open; undefined while all are busy. */
export function linkToClose(links: readonly LinkFacts[]): PeerId | undefined {
  const last = rankLinks(links).at(-1)
  return last === undefined || last.keptFor === 'busy' ? undefined : last.peerId
}

/**
 * The peer whose link gives way to a stranger who dials while there is no room: the least useful one of a network that has
 * crowded in here, if nothing else speaks for it. Undefined when the stranger is refused. Who is linked stays otherwise, or
 * else whoever dials often enough would push all others out.
 */
export function linkToYield(links: readonly LinkFacts[]): PeerId | undefined {
  const crowded = links.filter(
    ({ networkGroup, direction }) =>
      direction === 'inbound' &&
      isShared(networkGroup) &&
      links.filter((other) => other.networkGroup === networkGroup).length >= CROWDED,
  )
  const names = new Set(crowded.map(({ peerId }) => peerId))
  return rankLinks(links).findLast(
    ({ peerId, keptFor }) => names.has(peerId) && (keptFor === 'spare' || keptFor === 'new'),
  )?.peerId
}

/** How many links to open: until there are enough of them, and of those opened here into enough networks. */
export function countMissingLinks(
  links: readonly Pick<LinkFacts, 'peerId' | 'direction' | 'networkGroup'>[],
): number {
  const outbound = links.filter(({ direction }) => direction === 'outbound')
  const missing = Math.max(WANTED_LINKS - links.length, WANTED_NETWORKS - countNetworks(outbound))
  return Math.max(0, Math.min(missing, MAX_SOUGHT - outbound.length))
}

/**
 * The peers to link with, at most `count` of those who are known and not linked: former anchors first, the others in random
 * order. `random` gives numbers from 0 to below 1.
 */
export function choosePeersToLink(
  strangers: readonly PeerId[],
  {
    count,
    anchors,
    random,
  }: { readonly count: number; readonly anchors: ReadonlySet<PeerId>; readonly random: () => number },
): readonly PeerId[] {
  return strangers
    .map((peerId) => ({ peerId, key: anchors.has(peerId) ? -1 : random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ peerId }) => peerId)
}
