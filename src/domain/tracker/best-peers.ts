/** What decides which peer is listed first. */
export interface PeerStanding {
  readonly peerId: string
  readonly reputation: number
  /** NaN when unknown. */
  readonly latencyMs: number
  readonly uptimePercent: number
}

/** The best `count` of any number of peers, best first, in the order of `comparePeers` unless told. One pass, because a swarm may be a thousand times larger than an answer. */
export function selectBestPeers<T extends PeerStanding>(
  peers: Iterable<T>,
  count: number,
  compare: (a: T, b: T) => number = comparePeers,
): readonly T[] {
  const best: T[] = []
  for (const peer of peers) {
    const last = best[count - 1]
    if (count < 1 || (last !== undefined && compare(peer, last) > 0)) continue
    const place = best.findIndex((other) => compare(peer, other) < 0)
    best.splice(place < 0 ? best.length : place, 0, peer)
    if (best.length > count) best.pop()
  }
  return best
}

/** Reputation, then latency (unknown last), then uptime, then the id so that the order is stable. */
export function comparePeers(a: PeerStanding, b: PeerStanding): number {
  return (
    b.reputation - a.reputation ||
    compareLatency(a.latencyMs, b.latencyMs) ||
    b.uptimePercent - a.uptimePercent ||
    (a.peerId < b.peerId ? -1 : 1)
  )
}

function compareLatency(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b
}
