import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import { closestTo, placeOf } from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import { contextKey, KAD_BUCKET_SIZE } from '../../protocols/kad.ts'

/** Which servers are closest to each context is found out this often: some leave, others come. */
const SURVEY_MS = 60_000
/** For contexts that are shared meanwhile, one after another, the servers are not listed again. */
const LIST_FRESH_MS = 10_000
/** A record lives three times as long with a server. */
const RENEW_MS = 600_000
/** When servers do not answer, the next closest are told instead, so often. */
const ROUNDS = 3

/** A server of the DHT and its place in the key space. */
export interface DhtServer {
  readonly peerId: PeerId
  readonly place: Uint8Array
  /** Multiaddrs in their binary form, as somebody else told them; none of a linked one. */
  readonly addresses: readonly Uint8Array[]
}

/** Tells the servers of the DHT what this peer provides. */
export interface DhtAnnouncer {
  /**
   * Sees to it that the servers closest to each of these contexts have a record of it; where it was stopped it goes on with
   * the next call. Thousands of contexts take one stream a server. Throws `not-connected` when no server is known, and what
   * the servers failed with when one of the contexts is kept by none.
   */
  announce(contexts: readonly ContextHash[], signal: AbortSignal): Promise<void>
}

interface Announced {
  readonly key: Uint8Array
  readonly place: Uint8Array
  surveyedAtMs: number
  /** When each server took the record. */
  readonly storedAtMs: Map<PeerId, number>
}

/** Creates the announcer of one peer; nothing is announced yet. */
export function createDhtAnnouncer(components: {
  /** The servers that there are. */
  readonly listServers: (signal: AbortSignal) => Promise<readonly DhtServer[]>
  /** Has a server keep records for these keys; throws when it does not. */
  readonly store: (server: DhtServer, keys: readonly Uint8Array[], signal: AbortSignal) => Promise<void>
  readonly clock: Pick<Clock, 'monotonicMs'>
}): DhtAnnouncer {
  const { listServers, store, clock } = components
  let announced = new Map<ContextHash, Announced>()
  let listed: { readonly servers: readonly DhtServer[]; readonly atMs: number } | undefined

  async function recentServers(signal: AbortSignal): Promise<readonly DhtServer[]> {
    if (listed === undefined || clock.monotonicMs() - listed.atMs >= LIST_FRESH_MS) {
      const servers = await listServers(signal)
      if (servers.length === 0) return servers
      listed = { servers, atMs: clock.monotonicMs() }
    }
    return listed.servers
  }

  function listDue(contexts: readonly ContextHash[]): readonly Announced[] {
    announced = new Map(contexts.map((hash) => [hash, announced.get(hash) ?? createAnnounced(hash)]))
    const now = clock.monotonicMs()
    return [...announced.values()].filter(({ surveyedAtMs }) => now - surveyedAtMs >= SURVEY_MS)
  }

  function lacksFresh({ storedAtMs }: Announced, { peerId }: DhtServer): boolean {
    const at = storedAtMs.get(peerId)
    return at === undefined || clock.monotonicMs() - at >= RENEW_MS
  }

  /** Tells each server of those contexts to which it is one of the closest; gives the servers that failed, and why. */
  async function tell(
    contexts: readonly Announced[],
    servers: readonly DhtServer[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<DhtServer, unknown>> {
    const missing = new Map<DhtServer, Announced[]>()
    for (const context of contexts) {
      for (const server of closestTo(context.place, servers, KAD_BUCKET_SIZE)) {
        if (!lacksFresh(context, server)) continue
        const lacking = missing.get(server)
        if (lacking === undefined) missing.set(server, [context])
        else lacking.push(context)
      }
    }
    const failed = new Map<DhtServer, unknown>()
    const told = [...missing].map(async ([server, lacking]) => {
      try {
        const keys = lacking.map(({ key }) => key)
        await store(server, keys, signal)
        for (const { storedAtMs } of lacking) storedAtMs.set(server.peerId, clock.monotonicMs())
      } catch (error) {
        failed.set(server, error)
      }
    })
    await Promise.all(told)
    return failed
  }

  return {
    async announce(contexts, signal) {
      const due = listDue(contexts)
      if (due.length === 0) return
      let servers = await recentServers(signal)
      const present = new Set(servers.map(({ peerId }) => peerId))
      for (const { storedAtMs } of due) {
        for (const peerId of storedAtMs.keys()) if (!present.has(peerId)) storedAtMs.delete(peerId)
      }
      let reason: unknown = new LoremeshError(
        'not-connected',
        'No server of the DHT is known',
        'Try again in a moment',
      )
      for (let round = 0; round < ROUNDS && servers.length > 0; round++) {
        const failed = await tell(due, servers, signal)
        if (signal.aborted) throw toLoremeshError(signal.reason)
        if (failed.size === 0) break
        reason = [...failed.values()][0]
        servers = servers.filter((server) => !failed.has(server))
      }
      const kept = due.filter(({ storedAtMs }) => storedAtMs.size > 0)
      for (const context of kept) context.surveyedAtMs = clock.monotonicMs()
      if (kept.length < due.length) throw reason
    },
  }
}

function createAnnounced(contextHash: ContextHash): Announced {
  const key = contextKey(contextHash)
  return { key, place: placeOf(key), surveyedAtMs: Number.NEGATIVE_INFINITY, storedAtMs: new Map() }
}
