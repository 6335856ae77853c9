import { comparePeers, selectBestPeers, type PeerStanding } from './best-peers.ts'

/*
 * Keys cost nothing, so one machine may be a thousand peers. What it can't have are a thousand networks, or a thousand
 * accounts that others have paid. So networks share what is scarce, the places in an answer and in the tracker, and peers
 * that others have paid lately come before all newcomers.
 */

/** A peer as the tracker knows it, besides what makes one better than another. */
export interface Neighbourly {
  /** The network that it announces from. */
  readonly network: string
  /** Whether others have paid its account lately. */
  readonly isEstablished: boolean
  readonly joinedAtMs: number
}

/** Of each answer at least this part is for newcomers, so that they can become established, and not more while others fill it. */
const NEWCOMERS_PART = 1 / 4
/** One network gets at most this part of an answer while there are others. */
const NETWORK_PART = 1 / 2

/**
 * `count` peers to be listed, best first: the networks in turn, with those of each that are established, then those that
 * have been there longest, whom no later flood outdoes.
 */
export function listFairly<T extends PeerStanding & Neighbourly>(
  peers: readonly T[],
  count: number,
): readonly T[] {
  const networks = byNetwork(peers)
  const most = networks.size === 1 ? count : Math.ceil(count * NETWORK_PART)
  const listed = [...networks.values()].flatMap((some) => selectWithin(some, most))
  const [established, newcomers] = [true, false].map((wanted) =>
    inTurn([...byNetwork(listed.filter(({ isEstablished }) => isEstablished === wanted)).values()]),
  ) as [T[], T[]]
  const forNewcomers = Math.min(newcomers.length, Math.ceil(count * NEWCOMERS_PART))
  const first = established.slice(0, Math.max(0, count - forNewcomers))
  const chosen = [...first, ...newcomers.slice(0, Math.max(0, count - first.length))]
  return chosen.sort(comparePeers)
}

/**
 * Who gives way so that a peer can take up so much of what `sizeOf` says that each takes up, although so much is missing:
 * one after another the newest peer of the network that takes up most, newcomers first, while that is more than the
 * network of the one who asks would take up. Undefined when that does not make enough room.
 */
export function chooseLeavers<T extends Neighbourly>(
  others: () => readonly T[],
  options: {
    readonly network: string
    readonly taking: number
    readonly missing: number
    readonly sizeOf: (peer: T) => number
  },
): readonly T[] | undefined {
  const { network, taking, sizeOf } = options
  let { missing } = options
  if (missing <= 0) return []
  const members = byNetwork(others().filter((peer) => sizeOf(peer) > 0))
  const sizes = new Map(
    [...members].map(([name, some]) => [name, some.reduce((sum, peer) => sum + sizeOf(peer), 0)]),
  )
  const ownSize = (sizes.get(network) ?? 0) + taking
  sizes.delete(network)
  for (const some of members.values()) {
    some.sort((a, b) => Number(b.isEstablished) - Number(a.isEstablished) || a.joinedAtMs - b.joinedAtMs)
  }
  const leavers: T[] = []
  while (missing > 0) {
    const [name = '', size = 0] = [...sizes].sort((a, b) => b[1] - a[1])[0] ?? []
    const leaver = size > ownSize ? members.get(name)?.pop() : undefined
    if (leaver === undefined) return undefined
    leavers.push(leaver)
    sizes.set(name, size - sizeOf(leaver))
    missing -= sizeOf(leaver)
  }
  return leavers
}

function byNetwork<T extends Neighbourly>(peers: Iterable<T>): Map<string, T[]> {
  const networks = new Map<string, T[]>()
  for (const peer of peers) {
    const known = networks.get(peer.network)
    if (known === undefined) networks.set(peer.network, [peer])
    else known.push(peer)
  }
  return networks
}

/** The first of each, then the second of each, and so on; the one whose first is better comes first. */
function inTurn<T extends PeerStanding>(groups: readonly (readonly T[])[]): T[] {
  const places = groups.flatMap((group) => group.map((peer, place) => ({ peer, place })))
  return places.sort((a, b) => a.place - b.place || comparePeers(a.peer, b.peer)).map(({ peer }) => peer)
}

/** The best `count` peers of one network, newcomers among them. */
function selectWithin<T extends PeerStanding & Neighbourly>(
  peers: readonly T[],
  count: number,
): readonly T[] {
  const [established, newcomers] = [true, false].map((wanted) =>
    peers.filter(({ isEstablished }) => isEstablished === wanted),
  ) as [T[], T[]]
  const forNewcomers = Math.min(newcomers.length, Math.ceil(count * NEWCOMERS_PART))
  const first = selectBestPeers(established, count - forNewcomers, compareWithin)
  return [...first, ...selectBestPeers(newcomers, count - first.length, compareWithin)]
}

function compareWithin(a: PeerStanding & Neighbourly, b: PeerStanding & Neighbourly): number {
  return a.joinedAtMs - b.joinedAtMs || comparePeers(a, b)
}
