import type { ContextHash } from '../domain/content/context-hash.ts'
import type { PeerId } from '../domain/identity/account.ts'

/** A peer that holds a context, or one worth asking. */
export interface ProviderRecord {
  readonly peerId: PeerId
  /** Addresses at which it can be dialled, as multiaddrs; may be empty when it is connected already. */
  readonly addresses: readonly string[]
  /** From 0 to 1, as the one who answers sees it. */
  readonly reputation: number
  /** 0 when unknown. */
  readonly uptimePercent: number
  /** Round trip to the one who answers; NaN when unknown. */
  readonly latencyMs: number
}

/** What is announced about a shared context. */
export interface SharedContext {
  readonly contextHash: ContextHash
  readonly title: string
  readonly sizeBytes: number
  readonly tags: readonly string[]
}

/** Finds who holds a context. A tracker, a DHT and their compound implement it. */
export interface ContextRouting {
  /**
   * Says that this peer holds exactly these contexts, and that it is alive; to be repeated every `intervalMs` of the
   * answer. Adapters send what changed since the last call.
   */
  provide(
    contexts: readonly SharedContext[],
    signal?: AbortSignal,
  ): Promise<{ readonly intervalMs: number; readonly peersOnline: number; readonly contextsTotal: number }>
  /** Peers that hold a context, best first. */
  findProviders(contextHash: ContextHash, signal?: AbortSignal): Promise<readonly ProviderRecord[]>
  /** Peers that share anything, best first, at most `limit`. */
  listPeers(limit: number, signal?: AbortSignal): Promise<readonly ProviderRecord[]>
}
