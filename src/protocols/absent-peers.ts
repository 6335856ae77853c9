/** A peer's id as libp2p has it. */
interface NodePeerId {
  toString(): string
}

/** What is used of a libp2p node. */
interface PeerKeeper<Id extends NodePeerId> {
  getConnections(peerId: Id): readonly unknown[]
  readonly peerStore: {
    get(peerId: Id): Promise<{ readonly tags: ReadonlyMap<string, unknown> }>
    delete(peerId: Id): Promise<void>
  }
}

/** Peers of whom a node keeps something although they are not linked. */
export interface AbsentPeers<Id extends NodePeerId> {
  /** Takes note of a peer that left, or that something was heard of. */
  note(peerId: Id): void
}

/**
 * Forgets all absent peers but the `capacity` of them that were noted last. libp2p's peer store keeps some kilobytes of
 * everybody who ever came, and drops them after six hours at the earliest. Peers that are tagged for some purpose stay.
 */
export function createAbsentPeers<Id extends NodePeerId>(
  node: PeerKeeper<Id>,
  { capacity }: { readonly capacity: () => number },
): AbsentPeers<Id> {
  /** Whoever was noted longest ago first. */
  const absent = new Map<string, Id>()

  const isLinked = (peerId: Id): boolean => node.getConnections(peerId).length > 0

  async function forget(peerId: Id): Promise<void> {
    const { tags } = await node.peerStore.get(peerId)
    if (tags.size === 0 && !isLinked(peerId)) await node.peerStore.delete(peerId)
  }

  return {
    note(peerId) {
      const name = peerId.toString()
      absent.delete(name)
      if (!isLinked(peerId)) absent.set(name, peerId)
      for (const [oldest, oldestId] of absent) {
        if (absent.size <= capacity()) break
        absent.delete(oldest)
        // What could not be deleted is noted again with the next word of it.
        forget(oldestId).catch(() => undefined)
      }
    },
  }
}
