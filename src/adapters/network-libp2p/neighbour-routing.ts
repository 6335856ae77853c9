import type { PeerId } from '../../domain/identity/account.ts'
import { LoremeshError, toLoremeshError } from '../../domain/kernel/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ContextRouting, ProviderRecord } from '../../ports/context-routing.ts'
import {
  encodePeersRequest,
  MAX_INTRODUCED_PEERS,
  parsePeersAnswer,
  type IntroducedPeer,
  type PeersRequest,
} from '../../protocols/peers.ts'

/** Sends a request's body to a linked peer and gives the answer's. */
export type AskPeer = (peerId: PeerId, body: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>

/** Neighbours asked for one thing; each knows all of its own. */
const MAX_ASKED = 16
const ANSWER_TIMEOUT_MS = 2_000
/** Those who answer later than this after the first who had something are not waited for. */
const PATIENCE_MS = 100
const INTERVAL_MS = 30_000
/** What is thought of a peer that a neighbour names; reputations are for others to tell. */
const UNKNOWN = { reputation: 0.5, uptimePercent: 0, latencyMs: Number.NaN }

/**
 * Routing by the peers that are linked: they know what they share themselves, and whom they are linked with. It works
 * without any server. Throws `not-connected` while nobody is linked, and what the last one failed with if all do.
 */
export function createNeighbourRouting(components: {
  readonly self: PeerId
  readonly ask: AskPeer
  /** Directly linked peers, those worth asking first. */
  readonly neighbours: () => readonly PeerId[]
  readonly clock: Pick<Clock, 'abortable' | 'deadline' | 'sleep'>
}): ContextRouting {
  const { self, ask, neighbours, clock } = components

  async function askAll(request: PeersRequest, signal?: AbortSignal): Promise<readonly ProviderRecord[]> {
    const asked = neighbours().slice(0, MAX_ASKED)
    if (asked.length === 0) throw new LoremeshError('not-connected', 'No peer is linked that could be asked')
    const body = encodePeersRequest(request)
    const deadline = clock.deadline(ANSWER_TIMEOUT_MS, signal)
    const enough = clock.abortable(deadline)
    const found = new Map<PeerId, ProviderRecord>()
    const answers = asked.map(async (neighbour) => {
      const peers = parsePeersAnswer(await ask(neighbour, body, enough.signal))
      for (const peer of peers) add(found, peer)
      if (peers.length > 0) await clock.sleep(PATIENCE_MS, enough.signal)
      if (peers.length > 0) enough.abort()
    })
    const outcomes = await Promise.allSettled(answers)
    if (signal?.aborted === true) throw toLoremeshError(signal.reason)
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
    if (found.size === 0 && failed.length === asked.length) throw failed[0]?.reason
    return [...found.values()]
  }

  /** Joins what several neighbours say of one peer: each of them leads to it. */
  function add(found: Map<PeerId, ProviderRecord>, { peerId, addresses }: IntroducedPeer): void {
    if (peerId === self) return
    const known = found.get(peerId)?.addresses ?? []
    found.set(peerId, { ...UNKNOWN, peerId, addresses: [...new Set([...known, ...addresses])] })
  }

  return {
    // Neighbours ask for what they want to know; there is nothing to send them.
    provide: (contexts) =>
      Promise.resolve({
        intervalMs: INTERVAL_MS,
        peersOnline: neighbours().length,
        contextsTotal: contexts.length,
      }),
    findProviders: (contextHash, signal) =>
      askAll({ type: 'holders', contextHash, numwant: MAX_INTRODUCED_PEERS }, signal),
    async listPeers(limit, signal) {
      const numwant = Math.max(1, Math.min(limit, MAX_INTRODUCED_PEERS))
      const listed = await askAll({ type: 'peers', numwant }, signal)
      return listed.slice(0, limit)
    },
  }
}
