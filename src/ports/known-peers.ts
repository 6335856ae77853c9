import type { KnownPeer } from '../domain/network/known-peers.ts'

/** Peers of one network that are remembered from one run to the next. */
export interface KnownPeers {
  /** What was saved last; empty before. */
  load(): Promise<readonly KnownPeer[]>
  /** Replaces what is remembered. */
  save(peers: readonly KnownPeer[]): Promise<void>
}
