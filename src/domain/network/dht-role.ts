/** A client asks the DHT; a server also keeps its records and answers. */
export type DhtRole = 'client' | 'server'

/** What a peer knows of its own fitness to be a server. */
export interface DhtCandidate {
  /** How long this peer has been in the network. */
  readonly uptimeMs: number
  /** Whether other peers can reach it directly, not through a relay only. */
  readonly isDirect: boolean
  /** Whether its timers were late lately, as those of a frozen or busy tab are. */
  readonly isThrottled: boolean
  /** Whether it runs on a battery, or its user spares what a server uses. */
  readonly isSparing: boolean
}

/** What a peer knows of the network it may serve. */
export interface DhtPopulation {
  /** Peers that are online, this one included. */
  readonly peers: number
  /** Servers of the DHT, this one not included; an estimate is enough. */
  readonly servers: number
}

/** Servers that each peer is linked to at least. */
const SERVERS_A_PEER = 2
/** Fewer would lose records when two leave at once. */
const MIN_SERVERS = 4
/** So many times more servers than wanted are borne before any of them steps down. */
const SURPLUS = 1.5

/** Servers that a peer in each role stays linked to at most for the DHT's sake, and below how many it looks for more. */
export const DHT_CONTACTS: Readonly<Record<DhtRole, { readonly most: number; readonly least: number }>> = {
  client: { most: 4, least: 4 },
  server: { most: 24, least: 24 },
}

/** Whoever came just now may leave just as soon. */
export const STABLE_AFTER_MS = 30_000

/**
 * Servers wanted among so many peers. Each server is linked to all others and carries its share of the links that n peers
 * hold to 2 servers each: 2n / s + s links, which is least at s = √(2n).
 */
export function wantedServers(peers: number): number {
  if (peers < 2) return 0
  return Math.min(peers, Math.max(MIN_SERVERS, Math.ceil(Math.sqrt(SERVERS_A_PEER * peers))))
}

/** Whether there are as many servers as are wanted, as a peer in this role sees it: then hardly any role will change. */
export function isBalanced(role: DhtRole, { peers, servers }: DhtPopulation): boolean {
  const all = servers + Number(role === 'server')
  const wanted = wantedServers(peers)
  return all >= wanted && all <= wanted * SURPLUS
}

/**
 * The role to take from now on. Nobody appoints servers: while some are missing, each fit client volunteers with the
 * probability that fills the gap if all of them do so; while there are far too many, each steps down likewise. A server
 * that is not fit any more steps down at once. `random` is from 0 to below 1.
 */
export function nextDhtRole(
  role: DhtRole,
  candidate: DhtCandidate,
  { peers, servers }: DhtPopulation,
  random: number,
  stableAfterMs = STABLE_AFTER_MS,
): DhtRole {
  const wanted = wantedServers(peers)
  if (!canServe(candidate)) return 'client'
  if (role === 'server') {
    const all = servers + 1
    if (all <= wanted * SURPLUS) return 'server'
    return random < (all - wanted) / all ? 'client' : 'server'
  }
  if (candidate.uptimeMs < stableAfterMs || servers >= wanted) return 'client'
  return random < (wanted - servers) / (peers - servers) ? 'server' : 'client'
}

function canServe({ isDirect, isThrottled, isSparing }: DhtCandidate): boolean {
  return isDirect && !isThrottled && !isSparing
}
