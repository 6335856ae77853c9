import type { PeerId } from '../../domain/identity/account.ts'
import { gossipTopics, type GossipTopic } from '../../domain/gossip/topics.ts'
import { topicName } from '../../protocols/gossip.ts'

/** The gossipsub of a node, as far as its meshes go. Its type does not tell of `getMeshPeers`. */
interface Meshed {
  getMeshPeers(topic: string): readonly string[]
}

/**
 * Tells in which topics' meshes a peer is. Throws when the installed gossipsub does not tell its meshes any more.
 */
export function meshReader(pubsub: object): (peerId: PeerId) => readonly GossipTopic[] {
  if (!('getMeshPeers' in pubsub) || typeof pubsub.getMeshPeers !== 'function') {
    throw new Error('@libp2p/gossipsub has changed: check how the peers of a mesh are read')
  }
  const meshed = pubsub as Meshed
  return (peerId) => gossipTopics.filter((topic) => meshed.getMeshPeers(topicName(topic)).includes(peerId))
}
