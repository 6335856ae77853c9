import type { ContextHash } from '../../domain/content/context-hash.ts'
import type { PeerId } from '../../domain/identity/account.ts'
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

/** Routing by one tracker. */
export function createTrackerRouting(
  { ask, addresses }: { readonly ask: AskTracker; readonly addresses: () => readonly string[] },
  { tracker }: { readonly tracker: PeerId },
): ContextRouting {
  /** What the tracker has been told; undefined while that is unknown. */
  let told: ReadonlyMap<ContextHash, number> | undefined

  async function announce(
    contexts: ReadonlyMap<ContextHash, number>,
    signal: AbortSignal | undefined,
  ): Promise<AnnounceReply> {
    const reply = await sendChanges(told ?? new Map(), contexts, told === undefined, signal)
    if (reply.status === 'ok') return reply
    return sendChanges(new Map(), contexts, true, signal)
  }

  /** Sends what changed, in as many parts as it takes; at least one, for it is the heartbeat too. */
  async function sendChanges(
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
      told = undefined
      reply = parseAnnounceReply(await ask(tracker, encodeTrackerRequest(request), signal))
      if (reply.status === 'resync') return reply
      from += MAX_ANNOUNCED_CHANGES
    } while (from < added.length || from < removed.length)
    told = known
    return reply
  }

  return {
    async provide(contexts, signal) {
      const sizes = new Map(contexts.map(({ contextHash, sizeBytes }) => [contextHash, sizeBytes]))
      const { intervalMs, peersOnline, contextsTotal } = await announce(sizes, signal)
      return { intervalMs, peersOnline, contextsTotal }
    },
    async findProviders(contextHash, signal) {
      const body = encodeTrackerRequest({ type: 'scrape', contextHash, numwant: MAX_NUMWANT })
      return parseScrapeReply(await ask(tracker, body, signal)).peers.map(toProviderRecord)
    },
    async listPeers(limit, signal) {
      const numwant = Math.max(1, Math.min(limit, MAX_NUMWANT))
      const body = encodeTrackerRequest({ type: 'peer-list', numwant })
      return parsePeerListReply(await ask(tracker, body, signal)).map(toProviderRecord)
    },
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
