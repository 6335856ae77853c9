import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import {
  closestTo,
  compareDistance,
  placeOf,
  sharedBits,
  sharedRegion,
} from '../../domain/network/key-space.ts'
import type { Clock } from '../../ports/clock.ts'
import { contextKey, KAD_BUCKET_SIZE, KAD_REPLICAS } from '../../protocols/kad.ts'

/** Which servers are closest to each context is looked up this often: some leave, others come. */
const SURVEY_MS = 120_000
/** A record lives three times as long with a server. */
const RENEW_MS = 600_000

/** A server of the DHT and its place in the key space. */
export interface DhtServer {
  readonly peerId: PeerId
  readonly place: Uint8Array
}

/** Tells the servers of the DHT what this peer provides. */
export interface DhtAnnouncer {
  /**
   * Sees to it that the servers closest to each of these contexts have a record of it, and goes on where it was stopped.
   * Contexts are announced in parts of the key space, so that thousands of them take a few look-ups and one stream a
   * server. Throws `not-connected` when no server was found, and what the servers failed with when none keeps a record.
   */
  announce(contexts: readonly ContextHash[], signal: AbortSignal): Promise<void>
}

interface Announced {
  readonly contextHash: ContextHash
  readonly key: Uint8Array
  readonly place: Uint8Array
  surveyedAtMs: number
  /** When each server took the record. */
  storedAtMs: ReadonlyMap<PeerId, number>
}

/** Creates the announcer of one peer; nothing is announced yet. */
export function createDhtAnnouncer(components: {
  /** The servers closest to a key that answer, at most `KAD_BUCKET_SIZE`. */
  readonly lookUp: (key: Uint8Array, signal: AbortSignal) => Promise<readonly DhtServer[]>
  /** Has a server keep records for these keys; throws when it does not. */
  readonly store: (server: PeerId, keys: readonly Uint8Array[], signal: AbortSignal) => Promise<void>
  readonly clock: Pick<Clock, 'monotonicMs'>
}): DhtAnnouncer {
  const { lookUp, store, clock } = components
  let announced = new Map<ContextHash, Announced>()

  function listDue(contexts: readonly ContextHash[]): readonly Announced[] {
    announced = new Map(contexts.map((hash) => [hash, announced.get(hash) ?? createAnnounced(hash)]))
    const now = clock.monotonicMs()
    return [...announced.values()]
      .filter(({ surveyedAtMs }) => now - surveyedAtMs >= SURVEY_MS)
      .sort((a, b) => compareDistance(ORIGIN, a.place, b.place))
  }

  /** Tells these servers of those contexts that they are closest to and have no fresh record of. */
  async function tell(
    contexts: readonly Announced[],
    servers: readonly DhtServer[],
    signal: AbortSignal,
  ): Promise<void> {
    const now = clock.monotonicMs()
    const closest = new Map(
      contexts.map((context) => [context, closestTo(context.place, servers, KAD_REPLICAS)] as const),
    )
    const isFresh = (at: number | undefined): boolean => at !== undefined && now - at < RENEW_MS
    const outcomes = await Promise.allSettled(
      servers.map(async (server) => {
        const missing = contexts.filter(
          (context) =>
            closest.get(context)?.includes(server) === true &&
            !isFresh(context.storedAtMs.get(server.peerId)),
        )
        if (missing.length === 0) return
        await store(
          server.peerId,
          missing.map(({ key }) => key),
          signal,
        )
        for (const context of missing) {
          context.storedAtMs = new Map(context.storedAtMs).set(server.peerId, now)
        }
      }),
    )
    signal.throwIfAborted()
    const present = new Set(servers.map(({ peerId }) => peerId))
    for (const context of contexts) {
      context.storedAtMs = new Map([...context.storedAtMs].filter(([peerId]) => present.has(peerId)))
    }
    if (contexts.every(({ storedAtMs }) => storedAtMs.size === 0)) {
      throw outcomes.find((outcome) => outcome.status === 'rejected')?.reason
    }
    for (const context of contexts) if (context.storedAtMs.size > 0) context.surveyedAtMs = now
  }

  return {
    async announce(contexts, signal) {
      let due = listDue(contexts)
      while (due.length > 0) {
        const [first] = due
        if (first === undefined) return
        const servers = await lookUp(first.key, signal)
        if (servers.length === 0) {
          throw new LoremeshError('not-connected', 'No server of the DHT was found', 'Try again in a moment')
        }
        const region = sharedRegion(
          first.place,
          servers.map(({ place }) => place),
          { k: KAD_BUCKET_SIZE, replicas: KAD_REPLICAS },
        )
        const isNear = (context: Announced): boolean =>
          context === first || sharedBits(first.place, context.place) >= region
        await tell(due.filter(isNear), servers, signal)
        due = due.filter((context) => !isNear(context))
      }
    },
  }
}

/** Sorting by distance to it sorts places by their bits. */
const ORIGIN = new Uint8Array(32)

function createAnnounced(contextHash: ContextHash): Announced {
  const key = contextKey(contextHash)
  return {
    contextHash,
    key,
    place: placeOf(key),
    surveyedAtMs: Number.NEGATIVE_INFINITY,
    storedAtMs: new Map(),
  }
}
