import type { Clock } from '../../ports/clock.ts'
import { createCutOff, type CutOff } from '../../protocols/cut-off.ts'
import { SCORE_WATCH_MS, scoreReader } from '../../protocols/gossip.ts'
import type { PeerNode } from './start-libp2p.ts'

/**
 * Keeps away whoever misuses gossip. Not so the `servers`: a peer without the server that the person chose finds nobody,
 * so their links stay, and what they send is dropped.
 */
export function createNodeCutOff(
  { node, clock }: { readonly node: PeerNode; readonly clock: Pick<Clock, 'monotonicMs'> },
  { servers }: { readonly servers: ReadonlySet<string> },
): CutOff {
  const cutOff = createCutOff({
    monotonicMs: () => clock.monotonicMs(),
    scoreOf: scoreReader(node.services.pubsub),
    close(peerId) {
      if (!servers.has(peerId)) abortConnections(node, peerId)
    },
  })
  return { ...cutOff, isCutOff: (peerId) => !servers.has(peerId) && cutOff.isCutOff(peerId) }
}

/** Looks at the scores of all peers until the returned function is called. */
export function watchScores(
  { node, clock }: { readonly node: PeerNode; readonly clock: Pick<Clock, 'every'> },
  cutOff: Pick<CutOff, 'review'>,
): () => void {
  return clock.every(SCORE_WATCH_MS, () => {
    cutOff.review(node.services.pubsub.getPeers().map((peer) => peer.toString()))
  })
}

/** Ends the peer's connections without waiting for what it may still send. */
function abortConnections(node: PeerNode, peerId: string): void {
  for (const connection of node.getConnections()) {
    if (connection.remotePeer.toString() === peerId) connection.abort(new Error('Cut off'))
  }
}
