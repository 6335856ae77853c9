/** How many provider records are kept, and for how long. */
export interface ProviderTableLimits {
  readonly maxRecords: number
  readonly maxRecordsPerPeer: number
  readonly maxProvidersPerKey: number
  readonly ttlMs: number
}

/** A record that a peer provides what has a key. */
interface ProviderEntry {
  readonly key: string
  readonly peer: string
  readonly value: Uint8Array
}

interface Kept extends ProviderEntry {
  readonly expiresAtMs: number
}

/** The provider records that a server of the DHT keeps for others. */
export interface ProviderTable {
  readonly size: number
  /**
   * Keeps a record or renews it; false when the peer has as many as it may have. A key with too many providers loses the
   * one that was renewed longest ago; a full table the oldest record of the peer that has most, so that a flood drowns
   * its own.
   */
  put(entry: ProviderEntry): boolean
  /** Records of a key that have not expired, the newest last. */
  list(key: string): readonly ProviderEntry[]
  /** Every record that has not expired. */
  all(): readonly ProviderEntry[]
  remove(key: string, peer: string): void
}

/** An empty table. */
export function createProviderTable(limits: ProviderTableLimits, nowMs: () => number): ProviderTable {
  /** In the order in which they expire, for each lives equally long from its last renewal. */
  const kept = new Set<Kept>()
  const byKey = new Map<string, Map<string, Kept>>()
  const byPeer = new Map<string, Map<string, Kept>>()

  function drop(record: Kept): void {
    kept.delete(record)
    removeFrom(byKey, record.key, record.peer)
    removeFrom(byPeer, record.peer, record.key)
  }

  function dropExpired(): void {
    const now = nowMs()
    for (const record of kept) {
      if (record.expiresAtMs > now) return
      drop(record)
    }
  }

  function makeRoom({ key }: ProviderEntry): void {
    const ofKey = byKey.get(key)
    const [oldest] = ofKey?.values() ?? []
    if (oldest !== undefined && (ofKey?.size ?? 0) >= limits.maxProvidersPerKey) drop(oldest)
    if (kept.size < limits.maxRecords) return
    const [first] = largest(byPeer.values())?.values() ?? []
    if (first !== undefined) drop(first)
  }

  return {
    get size() {
      return kept.size
    },
    put(entry) {
      dropExpired()
      const known = byKey.get(entry.key)?.get(entry.peer)
      if (known !== undefined) drop(known)
      else if ((byPeer.get(entry.peer)?.size ?? 0) >= limits.maxRecordsPerPeer) return false
      makeRoom(entry)
      const record = { ...entry, expiresAtMs: nowMs() + limits.ttlMs }
      kept.add(record)
      addTo(byKey, entry.key, entry.peer, record)
      addTo(byPeer, entry.peer, entry.key, record)
      return true
    },
    list(key) {
      dropExpired()
      return [...(byKey.get(key)?.values() ?? [])]
    },
    all() {
      dropExpired()
      return [...kept]
    },
    remove(key, peer) {
      const record = byKey.get(key)?.get(peer)
      if (record !== undefined) drop(record)
    },
  }
}

function addTo(maps: Map<string, Map<string, Kept>>, outer: string, inner: string, record: Kept): void {
  const map = maps.get(outer) ?? new Map<string, Kept>()
  maps.set(outer, map)
  map.set(inner, record)
}

function removeFrom(maps: Map<string, Map<string, Kept>>, outer: string, inner: string): void {
  const map = maps.get(outer)
  map?.delete(inner)
  if (map?.size === 0) maps.delete(outer)
}

function largest(maps: Iterable<Map<string, Kept>>): Map<string, Kept> | undefined {
  let most: Map<string, Kept> | undefined
  for (const map of maps) if (map.size > (most?.size ?? 0)) most = map
  return most
}
