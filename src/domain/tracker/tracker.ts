import type { ContextHash } from '../content/context-hash.ts'
import type { PeerId } from '../identity/account.ts'
import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import {
  assertAnnouncement,
  type AnnouncedContext,
  type Announcement,
  type PeerSighting,
} from './announcement.ts'
import { chooseLeavers, listFairly } from './crowds.ts'
import { createSetDigest, toggleInSetDigest, type SetDigest } from './set-digest.ts'
import { createUptimeLog } from './uptime.ts'

export interface TrackerOptions {
  /** A peer that was silent for longer is gone. */
  readonly announceTtlMs: number
  /** How often peers are told to announce. */
  readonly intervalMs: number
  readonly maxPeers?: number
  readonly maxContextsPerPeer?: number
  /** Cap of (peer, context) pairs, which bounds memory. */
  readonly maxHoldings?: number
  /** Most peers that one answer lists. */
  readonly maxNumwant?: number
}

export interface TrackerCounts {
  readonly peersOnline: number
  /** Distinct contexts that somebody online holds. */
  readonly contextsTotal: number
}

/** Answer to an announcement; after `resync` the peer sends its whole set with `reset`. */
export interface AnnounceReply extends TrackerCounts {
  readonly status: 'ok' | 'resync'
  readonly intervalMs: number
}

/** A peer as the tracker lists it: its addresses and what it shares are its own words, the rest is not. */
export interface SwarmPeer<Id extends string = PeerId> {
  readonly peerId: Id
  readonly addresses: readonly string[]
  readonly reputation: number
  readonly uptimePercent: number
  /** NaN when unknown. */
  readonly latencyMs: number
  /** Number of contexts that it shares. */
  readonly contextCount: number
}

/** A peer that holds the context asked for, with the size that it announced. */
export interface Holder<Id extends string = PeerId> extends SwarmPeer<Id> {
  readonly sizeBytes: number
}

/** Who is online and shares what. All state is in memory and returns with the peers' next heartbeats. */
export interface Tracker<Id extends string = PeerId> {
  /**
   * In a full tracker the newest peers of the most crowded network give way. Throws `bad-input`, or `storage-full` when
   * that is the peer's own; the state is unchanged then.
   */
  announce(announcement: Announcement<Id>, nowMs: number): AnnounceReply
  /** Forgets a peer that said goodbye or whose connection closed. */
  leave(peerId: Id): void
  /**
   * Peers that hold a context, at most `numwant`, fairly chosen (`listFairly`), best first: reputation, then latency, then
   * uptime.
   */
  scrape(
    contextHash: ContextHash,
    numwant: number,
    nowMs: number,
  ): { readonly peers: readonly Holder<Id>[]; readonly totalPeers: number }
  /** Peers that share anything, chosen and ordered in the same way. */
  peerList(numwant: number, nowMs: number): readonly SwarmPeer<Id>[]
  /** True when somebody online holds the context. */
  isShared(contextHash: ContextHash, nowMs: number): boolean
  /** Every context that somebody online holds. */
  contexts(nowMs: number): Iterable<ContextHash>
  counts(nowMs: number): TrackerCounts
}

interface Member<Id extends string> {
  readonly peerId: Id
  readonly contexts: Set<ContextHash>
  readonly digest: SetDigest
  readonly addresses: readonly string[]
  /** As of the last heartbeat. */
  readonly seen: PeerSighting
  readonly joinedAtMs: number
  readonly lastSeenMs: number
}

/** A member that may have to give way. */
interface Other<Id extends string> extends PeerSighting {
  readonly peerId: Id
  readonly joinedAtMs: number
  /** Contexts that it holds. */
  readonly size: number
}

const WEEK_MS = 7 * 24 * 3_600_000

/** A tracker without peers. */
export function createTracker<Id extends string = PeerId>({
  announceTtlMs,
  intervalMs,
  maxPeers = 10_000,
  maxContextsPerPeer = 20_000,
  maxHoldings = 1_000_000,
  maxNumwant = 50,
}: TrackerOptions): Tracker<Id> {
  // In the order of the last heartbeat, so that expiry looks at the front only.
  const members = new Map<Id, Member<Id>>()
  // Sizes as each holder announced them.
  const swarms = new Map<ContextHash, Map<Id, number>>()
  const uptime = createUptimeLog({ gapLimitMs: announceTtlMs, windowMs: WEEK_MS, maxPeers: 2 * maxPeers })
  let holdings = 0

  function add(member: Member<Id>, { contextHash, sizeBytes }: AnnouncedContext): void {
    const swarm = swarms.get(contextHash) ?? new Map<Id, number>()
    swarms.set(contextHash, swarm)
    swarm.set(member.peerId, sizeBytes)
    if (member.contexts.has(contextHash)) return
    member.contexts.add(contextHash)
    toggleInSetDigest(member.digest, contextHash)
    holdings++
  }

  function remove(member: Member<Id>, contextHash: ContextHash): void {
    if (!member.contexts.delete(contextHash)) return
    toggleInSetDigest(member.digest, contextHash)
    holdings--
    const swarm = swarms.get(contextHash)
    swarm?.delete(member.peerId)
    if (swarm?.size === 0) swarms.delete(contextHash)
  }

  function leave(peerId: Id): void {
    const member = members.get(peerId)
    if (member === undefined) return
    for (const contextHash of [...member.contexts]) remove(member, contextHash)
    members.delete(peerId)
  }

  function expire(nowMs: number): void {
    for (const member of members.values()) {
      if (nowMs - member.lastSeenMs <= announceTtlMs) return
      leave(member.peerId)
    }
  }

  /** Who has to leave so that the announcement fits. Throws `storage-full`. */
  function makeRoom(announcement: Announcement<Id>): readonly Id[] {
    const { peerId, added, seen } = announcement
    const known = members.get(peerId)
    const before = known?.contexts ?? new Set<ContextHash>()
    const after = added.length === 0 ? before : heldAfter(announcement, before)
    if (added.length > 0 && after.size > maxContextsPerPeer) {
      throw new LoremeshError('storage-full', `A peer announces at most ${maxContextsPerPeer} contexts`)
    }
    const peersMissing = known === undefined ? members.size + 1 - maxPeers : 0
    const holdingsMissing = added.length === 0 ? 0 : holdings - before.size + after.size - maxHoldings
    const others = (): readonly Other<Id>[] =>
      [...members.values()]
        .filter((member) => member.peerId !== peerId)
        .map(({ peerId, seen, joinedAtMs, contexts }) => ({
          ...seen,
          peerId,
          joinedAtMs,
          size: contexts.size,
        }))
    const forPeer = chooseLeavers(others, {
      network: seen.network,
      taking: 1,
      missing: peersMissing,
      sizeOf: () => 1,
    })
    const forContexts = chooseLeavers(others, {
      network: seen.network,
      taking: after.size,
      missing: holdingsMissing,
      sizeOf: ({ size }) => size,
    })
    if (forPeer === undefined) {
      throw new LoremeshError(
        'storage-full',
        `The tracker lists ${maxPeers} peers already`,
        'Try another one',
      )
    }
    if (forContexts === undefined) {
      throw new LoremeshError('storage-full', 'The tracker holds no more announcements', 'Try another one')
    }
    return [...forPeer, ...forContexts].map((leaver) => leaver.peerId)
  }

  function describe(member: Member<Id>): SwarmPeer<Id> {
    return {
      peerId: member.peerId,
      addresses: member.addresses,
      reputation: member.seen.reputation,
      uptimePercent: uptime.percent(member.peerId),
      latencyMs: member.seen.latencyMs,
      contextCount: member.contexts.size,
    }
  }

  function choose(from: readonly Member<Id>[], numwant: number): readonly SwarmPeer<Id>[] {
    const peers = from.map((member) => {
      const { seen, joinedAtMs } = member
      return {
        member,
        ...seen,
        joinedAtMs,
        peerId: member.peerId,
        uptimePercent: uptime.percent(member.peerId),
      }
    })
    return listFairly(peers, Math.min(numwant, maxNumwant)).map(({ member }) => describe(member))
  }

  const counts = (): TrackerCounts => ({ peersOnline: members.size, contextsTotal: swarms.size })

  return {
    announce(announcement, nowMs) {
      assertAnnouncement(announcement)
      expire(nowMs)
      for (const leaver of makeRoom(announcement)) leave(leaver)
      const { peerId, addresses, seen } = announcement
      const joinedAtMs = members.get(peerId)?.joinedAtMs ?? nowMs
      if (announcement.reset) leave(peerId)
      const known = members.get(peerId) ?? { peerId, contexts: new Set(), digest: createSetDigest() }
      const member: Member<Id> = { ...known, addresses, seen, joinedAtMs, lastSeenMs: nowMs }
      members.delete(peerId)
      members.set(peerId, member)
      uptime.heartbeat(peerId, nowMs)
      for (const contextHash of announcement.removed) remove(member, contextHash)
      for (const context of announcement.added) add(member, context)
      const status = bytesEqual(member.digest, announcement.digest) ? 'ok' : 'resync'
      return { status, intervalMs, ...counts() }
    },
    leave,
    scrape(contextHash, numwant, nowMs) {
      expire(nowMs)
      const holders = [...(swarms.get(contextHash) ?? [])].flatMap(([peerId, sizeBytes]) => {
        const member = members.get(peerId)
        return member === undefined ? [] : [{ member, sizeBytes }]
      })
      const sizes = new Map(holders.map(({ member, sizeBytes }) => [member.peerId, sizeBytes]))
      const listed = choose(
        holders.map(({ member }) => member),
        numwant,
      )
      const peers = listed.map((peer) => ({ ...peer, sizeBytes: sizes.get(peer.peerId) ?? 0 }))
      return { peers, totalPeers: holders.length }
    },
    peerList(numwant, nowMs) {
      expire(nowMs)
      return choose(
        [...members.values()].filter((member) => member.contexts.size > 0),
        numwant,
      )
    },
    isShared(contextHash, nowMs) {
      expire(nowMs)
      return swarms.has(contextHash)
    },
    contexts(nowMs) {
      expire(nowMs)
      return swarms.keys()
    },
    counts(nowMs) {
      expire(nowMs)
      return counts()
    },
  }
}

function heldAfter(
  { reset, added, removed }: Announcement<string>,
  before: ReadonlySet<ContextHash>,
): ReadonlySet<ContextHash> {
  const after = new Set(reset ? [] : before)
  for (const contextHash of removed) after.delete(contextHash)
  for (const { contextHash } of added) after.add(contextHash)
  return after
}
