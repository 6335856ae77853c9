import type { KnownPeer } from '../../domain/network/known-peers.ts'
import type { KnownPeers } from '../../ports/known-peers.ts'
import { settle } from './settle.ts'

/** Known peers that are remembered as long as the process lives, for ephemeral peers and tests. */
export function createMemoryKnownPeers(): KnownPeers {
  let known: readonly KnownPeer[] = []
  return {
    load: () => settle(() => known),
    save: (peers) => settle(() => void (known = structuredClone(peers))),
  }
}
