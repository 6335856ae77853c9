import { TopicValidatorResult, type GossipSub, type TopicValidatorFn } from '@libp2p/gossipsub'
import type { GossipMessage, GossipVerdict, NetworkHandlers } from '../../ports/network.ts'
import { encodeDescriptorBatches, parseDescriptorBatch } from '../../protocols/descriptors.ts'
import { GOSSIP_TOPICS, MAX_GOSSIP_BYTES, verdictOnError } from '../../protocols/gossip.ts'
import { encodeLedgerGossip, parseLedgerGossip } from '../../protocols/ledger-gossip.ts'
import { toPeerId } from './addresses.ts'

const results: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

const parsers: Readonly<Record<string, (data: Uint8Array) => GossipMessage>> = {
  [GOSSIP_TOPICS.contexts]: (data) => ({ type: 'descriptors', descriptors: parseDescriptorBatch(data) }),
  [GOSSIP_TOPICS.ledger]: parseLedgerGossip,
}

/**
 * Takes part in every topic. `onGossip` gets each message once, before it is spread, and decides what becomes of it;
 * malformed messages are rejected without it.
 */
export function joinTopics(pubsub: GossipSub, handlers: Pick<NetworkHandlers, 'onGossip'>): void {
  for (const [topic, parse] of Object.entries(parsers)) {
    const validate: TopicValidatorFn = async (from, { data }) => {
      if (data.length > MAX_GOSSIP_BYTES) return TopicValidatorResult.Reject
      try {
        return results[await handlers.onGossip(parse(data), toPeerId(from))]
      } catch (error) {
        return results[verdictOnError(error)]
      }
    }
    pubsub.topicValidators.set(topic, validate)
    pubsub.subscribe(topic)
  }
}

/** Spreads an own message, in as many parts as it takes. */
export async function publishGossip(pubsub: GossipSub, message: GossipMessage): Promise<void> {
  switch (message.type) {
    case 'descriptors':
      for (const batch of encodeDescriptorBatches(message.descriptors)) {
        await pubsub.publish(GOSSIP_TOPICS.contexts, batch)
      }
      return
    case 'entry':
    case 'certificate':
      await pubsub.publish(GOSSIP_TOPICS.ledger, encodeLedgerGossip(message))
  }
}
