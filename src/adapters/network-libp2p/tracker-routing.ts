import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError } from '../../domain/kernel/errors.ts'
import { MAX_ADDRESSES, type AnnouncedContext } from '../../domain/tracker/announcement.ts'
import { digestOfSet } from '../../domain/tracker/set-digest.ts'
import type { AnnounceReply, SwarmPeer } from '../../domain/tracker/tracker.ts'
import type { ContextRouting, ProviderRecord } from '../../ports/context-routing.ts'
import {
  encodeTrackerRequest,
  MAX_ANNOUNCED_CHANGES,
  MAX_NUMWANT,
  parseAnnounceReply,
  parsePeerListReply,
  parseScrapeReply,
  type TrackerRequest,
} from '../../protocols/tracker.ts'

/** Sends a request's body to a peer and gives the answer's. */
export type AskTracker = (tracker: PeerId, body: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>

/** Routing by the first of the trackers that answers. */
export function createTrackerRouting(
  { ask, addresses }: { readonly ask: AskTracker; readonly addresses: () => readonly string[] },
  { trackers }: { readonly trackers: readonly PeerId[] },
): ContextRouting {
  /** What each tracker has been told. */
  const told = new Map<PeerId, ReadonlyMap<ContextHash, number>>()

  async function firstAnswer<T>(attempt: (tracker: PeerId) => Promise<T>): Promise<T> {
    let failure: unknown = new LoremeshError('not-connected', 'No tracker is configured')
    for (const tracker of trackers) {
      try {
        return await attempt(tracker)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async function announce(
    tracker: PeerId,
    contexts: ReadonlyMap<ContextHash, number>,
    signal: AbortSignal | undefined,
  ): Promise<AnnounceReply> {
    const before = told.get(tracker)
    const reply = await sendChanges(tracker, before ?? new Map(), contexts, before === undefined, signal)
    if (reply.status === 'ok') return reply
    return sendChanges(tracker, new Map(), contexts, true, signal)
  }

  /** Sends what changed, in as many parts as it takes; at least one, for it is the heartbeat too. */
  async function sendChanges(
    tracker: PeerId,
    before: ReadonlyMap<ContextHash, number>,
    after: ReadonlyMap<ContextHash, number>,
    reset: boolean,
    signal: AbortSignal | undefined,
  ): Promise<AnnounceReply> {
    const added = [...after]
      .filter(([hash]) => !before.has(hash))
      .map(([contextHash, sizeBytes]) => ({ contextHash, sizeBytes }))
    const removed = [...before.keys()].filter((hash) => !after.has(hash))
    const known = new Map(before)
    let reply: AnnounceReply
    let from = 0
    do {
      const part = {
        added: added.slice(from, from + MAX_ANNOUNCED_CHANGES),
        removed: removed.slice(from, from + MAX_ANNOUNCED_CHANGES),
      }
      applyTo(known, part)
      const request: TrackerRequest = {
        type: 'announce',
        reset: reset && from === 0,
        ...part,
        digest: digestOfSet(known.keys()),
        addresses: addresses().slice(0, MAX_ADDRESSES),
      }
      // Until the answer is here it is unknown what the tracker knows; then the next call begins anew.
      told.delete(tracker)
      reply = parseAnnounceReply(await ask(tracker, encodeTrackerRequest(request), signal))
      if (reply.status === 'resync') return reply
      from += MAX_ANNOUNCED_CHANGES
    } while (from < added.length || from < removed.length)
    told.set(tracker, known)
    return reply
  }

  return {
    async provide(contexts, signal) {
      const sizes = new Map(contexts.map(({ contextHash, sizeBytes }) => [contextHash, sizeBytes]))
      const { intervalMs, peersOnline, contextsTotal } = await firstAnswer((tracker) =>
        announce(tracker, sizes, signal),
      )
      return { intervalMs, peersOnline, contextsTotal }
    },
    findProviders: (contextHash, signal) =>
      firstAnswer(async (tracker) => {
        const body = encodeTrackerRequest({ type: 'scrape', contextHash, numwant: MAX_NUMWANT })
        return parseScrapeReply(await ask(tracker, body, signal)).peers.map(toProviderRecord)
      }),
    listPeers: (limit, signal) =>
      firstAnswer(async (tracker) => {
        const numwant = Math.max(1, Math.min(limit, MAX_NUMWANT))
        const body = encodeTrackerRequest({ type: 'peer-list', numwant })
        return parsePeerListReply(await ask(tracker, body, signal)).map(toProviderRecord)
      }),
  }
}

function applyTo(
  known: Map<ContextHash, number>,
  {
    added,
    removed,
  }: { readonly added: readonly AnnouncedContext[]; readonly removed: readonly ContextHash[] },
): void {
  for (const hash of removed) known.delete(hash)
  for (const { contextHash, sizeBytes } of added) known.set(contextHash, sizeBytes)
}

function toProviderRecord({
  peerId,
  addresses,
  reputation,
  uptimePercent,
  latencyMs,
}: SwarmPeer): ProviderRecord {
  return { peerId, addresses, reputation, uptimePercent, latencyMs }
}
